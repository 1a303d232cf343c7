/** Delays between attempts: each twice the one before up to a limit, spread over the upper half so that clients part. */
export interface Backoff {
  /** Milliseconds to wait before the next attempt. */
  next(): number;
  reset(): void;
}

export interface BackoffOptions {
  readonly firstMs: number;
  readonly limitMs: number;
}

/** @param random uniform in 0..1, as Math.random */
export function createBackoff(random: () => number, options: BackoffOptions): Backoff {
  let delayMs = options.firstMs;
  return {
    next() {
      const current = delayMs;
      delayMs = Math.min(delayMs * 2, options.limitMs);
      return Math.ceil(current * (0.5 + random() / 2));
    },
    reset() {
      delayMs = options.firstMs;
    },
  };
}
