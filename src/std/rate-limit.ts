/**
 * A token bucket: a burst of `burst`, then `perSecond`.
 * @returns whether one more is allowed, which then counts
 */
export function createRateLimit(
  { burst, perSecond }: { readonly burst: number; readonly perSecond: number },
  nowMs: () => number,
): () => boolean {
  let tokens = burst;
  let filledAtMs = nowMs();
  return () => {
    const now = nowMs();
    tokens = Math.min(burst, tokens + ((now - filledAtMs) / 1000) * perSecond);
    filledAtMs = now;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}
