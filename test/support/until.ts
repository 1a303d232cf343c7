/** Waiting in tests: for a condition or an event, never for a time. */

/** Long, for busy machines: only a failing test ever waits for it. */
const DEADLINE_MS = 45_000;

/** Resolves with the first value that is not undefined or false; rejects with `what` when that takes too long. */
export async function until<T>(
  what: string,
  probe: () => T | undefined | false | Promise<T | undefined | false>,
  deadlineMs = DEADLINE_MS,
  pollMs = 5,
): Promise<T> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    const value = await probe();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > end) throw new Error(`Waited ${deadlineMs} ms in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}
