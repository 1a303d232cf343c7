/** Patience: a time in which nothing happens. */

export interface IdleTimer {
  /** Aborts when the time has passed. */
  readonly signal: AbortSignal;
  /** Time, of performance.now(), at which the whole time last began. */
  readonly sinceMs: number;
  /** Something happened: the whole time begins again. While the timer is paused it begins at the end of the pause. */
  restart(timeoutMs?: number): void;
  pause(): void;
  resume(): void;
  stop(): void;
}

/** While this process stands still, as on a suspended machine, one of these passes: what came meanwhile is yet to be read. */
const SLICES = 10;

export function createIdleTimer(firstTimeoutMs: number): IdleTimer {
  const expired = new AbortController();
  let timeoutMs = firstTimeoutMs;
  let isPaused = false;
  let isOver = false;
  let sinceMs = 0;
  let timer: NodeJS.Timeout | undefined;

  function wait(slices: number): void {
    clearTimeout(timer);
    if (isPaused || isOver) return;
    timer = setTimeout(() => (slices > 1 ? wait(slices - 1) : expire()), timeoutMs / SLICES);
  }
  function expire(): void {
    isOver = true;
    expired.abort();
  }
  function start(): void {
    if (!isOver) sinceMs = performance.now();
    wait(SLICES);
  }
  start();
  return {
    signal: expired.signal,
    get sinceMs() {
      return sinceMs;
    },
    restart(ms = timeoutMs) {
      timeoutMs = ms;
      start();
    },
    pause() {
      isPaused = true;
      clearTimeout(timer);
    },
    resume() {
      isPaused = false;
      start();
    },
    stop() {
      isOver = true;
      clearTimeout(timer);
    },
  };
}
