/**
 * What the main thread and a worker tell each other without a message: which job the worker has begun, and that those it has
 * not begun are to be dropped. Messages would wait for the job in work, or be lost with the thread that dies of it.
 */
export interface Progress {
  readonly memory: SharedArrayBuffer;
  /** By the worker. False: the job is not to be begun, somebody else has it. */
  begin(id: number): boolean;
  /** Id of the job that was begun last; undefined before the first. */
  inWork(): number | undefined;
  /** From now on no job is begun. */
  drop(): void;
}

/** @param memory of the other side; absent: new */
export function createProgress(memory = new SharedArrayBuffer(2 * BigInt64Array.BYTES_PER_ELEMENT)): Progress {
  const [current, dropped] = [0, 1];
  const words = new BigInt64Array(memory);
  return {
    memory,
    begin(id) {
      // First said, then asked: whoever drops what is not begun finds either this job said, or its worker held back.
      Atomics.store(words, current, BigInt(id) + 1n);
      return Atomics.load(words, dropped) === 0n;
    },
    inWork() {
      const oneMore = Number(Atomics.load(words, current));
      return oneMore === 0 ? undefined : oneMore - 1;
    },
    drop() {
      Atomics.store(words, dropped, 1n);
    },
  };
}
