/** Work that runs beside other work, and work that runs alone; in the order of the calls, so neither waits for ever. */
export interface Lane {
  beside<T>(work: () => Promise<T>): Promise<T>;
  /** Starts when everything before has ended; what comes after starts when it has ended. */
  alone<T>(work: () => Promise<T>): Promise<T>;
}

export function createLane(): Lane {
  const running = new Set<Promise<unknown>>();
  /** The last one that runs alone; resolves when it has ended. */
  let barrier: Promise<unknown> = Promise.resolve();
  let aloneCount = 0;

  function track<T>(run: Promise<T>): Promise<T> {
    const ended = run.catch(() => undefined);
    running.add(ended);
    void ended.then(() => running.delete(ended));
    return run;
  }

  return {
    beside: (work) => track(aloneCount === 0 ? work() : barrier.then(work)),
    alone(work) {
      const before = Promise.all(running);
      aloneCount += 1;
      const run = track(before.then(work));
      barrier = run.catch(() => undefined).then(() => (aloneCount -= 1));
      return run;
    },
  };
}
