/** A read-write lock: shared work runs side by side, exclusive work alone; in the order of the calls, so nothing waits for ever. */
export interface SharedExclusiveLock {
  shared<T>(work: () => Promise<T>): Promise<T>;
  /** Starts when everything before has ended; what comes after starts when it has ended. */
  exclusive<T>(work: () => Promise<T>): Promise<T>;
}

export function createSharedExclusiveLock(): SharedExclusiveLock {
  const running = new Set<Promise<unknown>>();
  /** Resolves when the last exclusive work has ended. */
  let barrier: Promise<unknown> = Promise.resolve();
  let exclusiveCount = 0;

  function track<T>(run: Promise<T>): Promise<T> {
    const ended = run.catch(() => undefined);
    running.add(ended);
    void ended.then(() => running.delete(ended));
    return run;
  }

  return {
    shared: (work) => track(exclusiveCount === 0 ? work() : barrier.then(work)),
    exclusive(work) {
      const before = Promise.all(running);
      exclusiveCount += 1;
      const run = track(before.then(work));
      barrier = run.catch(() => undefined).then(() => (exclusiveCount -= 1));
      return run;
    },
  };
}
