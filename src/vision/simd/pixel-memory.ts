import { MAX_PAGES } from './kernels.js';
import { reaches, type SharedMemory } from './webassembly.js';

/** Places in the memory that the kernels work on. */
export interface PixelMemory {
  /** Zeroed bytes that are never given back; undefined when there is no room. All are allocated before the first `take`. */
  allocate(sizeBytes: number): Uint8Array | undefined;
  /** Bytes of undefined content, valid until the next call; outside of the memory when it has no room for so many. */
  take(sizeBytes: number): Uint8Array;
  /** Byte offset in the memory, undefined for bytes that are not in it. */
  addressOf(bytes: Uint8Array | Float32Array): number | undefined;
}

/** Kernels store whole vectors: so many bytes behind every place may be overwritten, and read. */
const SLACK_BYTES = 16;

export function createPixelMemory(memory: SharedMemory): PixelMemory {
  // Every growth makes a new object for the same bytes; views keep the one they were made with.
  const buffers = new Set<ArrayBufferLike>();
  let allocated = 0;
  let isClosed = false;

  /** Room up to `end`; false when there is none. */
  function reach(end: number): boolean {
    const isReached = reaches(memory, end, MAX_PAGES);
    if (isReached) buffers.add(memory.buffer);
    return isReached;
  }

  return {
    allocate(sizeBytes) {
      if (isClosed) throw new Error('Cannot allocate as the place behind is taken by a picture');
      const start = allocated;
      const end = start + sizeBytes;
      if (!reach(end + SLACK_BYTES)) return undefined;
      allocated = Math.ceil((end + SLACK_BYTES) / SLACK_BYTES) * SLACK_BYTES;
      return new Uint8Array(memory.buffer, start, sizeBytes);
    },
    take(sizeBytes) {
      isClosed = true;
      if (!reach(allocated + sizeBytes + SLACK_BYTES)) return new Uint8Array(sizeBytes);
      return new Uint8Array(memory.buffer, allocated, sizeBytes);
    },
    addressOf: ({ buffer, byteOffset }) => (buffers.has(buffer) ? byteOffset : undefined),
  };
}
