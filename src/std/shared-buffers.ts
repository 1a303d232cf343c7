/**
 * Shared memory for large payloads that is lent, given back and lent again. A fresh buffer for every message costs page faults
 * and, worse, the garbage collector: it runs by the bytes that hang on its objects, not by the objects.
 */
export interface SharedBuffers {
  /** `sizeBytes` bytes of undefined content at the beginning of a memory that nobody else has until it is given back. */
  take(sizeBytes: number): Uint8Array<SharedArrayBuffer>;
  /**
   * Nobody reads or writes it any more. What is not lent is passed over. What is never given back is left to the garbage
   * collector, which is in no hurry: it does not see how large shared memory is.
   */
  give(memory: ArrayBufferLike): void;
}

/** Steps between sizes: memory of one payload fits the next, and at most a quarter of it lies idle. */
const STEPS_BETWEEN_POWERS_OF_TWO = 4;
/** Rather new memory than one so many times too large. */
const MAX_TIMES_TOO_LARGE = 2;

/** Each search for one goes through them. */
const MAX_KEPT = 512;

/** @param maxKeptBytes of memory that waits to be lent again */
export function createSharedBuffers(maxKeptBytes: number): SharedBuffers {
  const lent = new WeakSet<ArrayBufferLike>();
  /** The one given back last is at the end: its bytes may still be in a cache. */
  const free: SharedArrayBuffer[] = [];
  let freeBytes = 0;

  function takeFree(sizeBytes: number): SharedArrayBuffer | undefined {
    const at = free.findLastIndex(
      ({ byteLength }) => byteLength >= sizeBytes && byteLength <= sizeBytes * MAX_TIMES_TOO_LARGE,
    );
    const [memory] = at < 0 ? [] : free.splice(at, 1);
    freeBytes -= memory?.byteLength ?? 0;
    return memory;
  }

  return {
    take(sizeBytes) {
      const memory = takeFree(sizeBytes) ?? new SharedArrayBuffer(roundUp(sizeBytes));
      lent.add(memory);
      return new Uint8Array(memory, 0, sizeBytes);
    },
    give(memory) {
      if (!(memory instanceof SharedArrayBuffer) || !lent.delete(memory)) return;
      if (memory.byteLength > maxKeptBytes) return;
      free.push(memory);
      freeBytes += memory.byteLength;
      while (freeBytes > maxKeptBytes || free.length > MAX_KEPT) freeBytes -= free.shift()?.byteLength ?? 0;
    },
  };
}

function roundUp(sizeBytes: number): number {
  const step = Math.max(1, 2 ** Math.floor(Math.log2(sizeBytes)) / STEPS_BETWEEN_POWERS_OF_TWO);
  return Math.ceil(sizeBytes / step) * step;
}
