/** Enough for the other thread: it does nothing but call a library a few times. */
const WAIT_MS = 1_000;
const FRESH = 0;
const UNDER_WAY = 1;
const DONE = 2;

/**
 * Does `work` unless a thread that shares `latch` has done it; when it returns, the work is done. A thread that was cut
 * in the middle of it is given up after a second, and the work done again.
 * @param latch 4 bytes, zero at first; one for each work
 */
export function onceInProcess(latch: SharedArrayBuffer, work: () => void): void {
  const state = new Int32Array(latch);
  const before = Atomics.compareExchange(state, 0, FRESH, UNDER_WAY);
  if (before === DONE) return;
  if (before === UNDER_WAY && Atomics.wait(state, 0, UNDER_WAY, WAIT_MS) !== 'timed-out') return;
  work();
  Atomics.store(state, 0, DONE);
  Atomics.notify(state, 0);
}
