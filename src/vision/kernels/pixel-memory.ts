import { reaches, type SharedMemory } from '../../std/wasm.js';
import { MAX_PAGES } from './kernels.js';

/** Places in the memory that the kernels work on. */
export interface PixelMemory {
  /**
   * Zeroed bytes that are never given back; undefined when there is no room. All are allocated before the first `take`.
   */
  allocate(sizeBytes: number): Uint8Array | undefined;
  /** Bytes of undefined content, valid until the next call; outside of the memory when it has no room for so many. */
  take(sizeBytes: number): Uint8Array;
  /** Bytes of undefined content behind what was taken, valid until the next call of this or of `copyIn`; undefined when there is no room. */
  behind(sizeBytes: number): Uint8Array | undefined;
  /**
   * Address of a copy that leaves what was taken as it is, valid until the next call of this or of `behind`; undefined when there is no room.
   */
  copyIn(bytes: Uint8Array): number | undefined;
  /** Byte offset in the memory, undefined for bytes that are not in it. */
  addressOf(bytes: Uint8Array | Float32Array): number | undefined;
}

/** Kernels store whole vectors: so many bytes behind every place may be overwritten, and read. */
const SLACK_BYTES = 16;

export function createPixelMemory(memory: SharedMemory): PixelMemory {
  // Every growth makes a new object for the same bytes; views keep the one they were made with.
  const buffers = new Set<ArrayBufferLike>();
  let allocated = 0;
  /** Where the room that was taken last ends; undefined before the first `take`. */
  let takenEnd: number | undefined;

  /** Room up to `end`; false when there is none. */
  function reach(end: number): boolean {
    const isReached = reaches(memory, end, MAX_PAGES);
    if (isReached) buffers.add(memory.buffer);
    return isReached;
  }

  /** `sizeBytes` at `start`; undefined when the memory ends before. */
  function place(start: number, sizeBytes: number): Uint8Array | undefined {
    const isReached = reach(start + sizeBytes + SLACK_BYTES);
    return isReached ? new Uint8Array(memory.buffer, start, sizeBytes) : undefined;
  }

  function behind(sizeBytes: number): Uint8Array | undefined {
    takenEnd ??= allocated;
    return place(takenEnd, sizeBytes);
  }

  return {
    behind,
    allocate(sizeBytes) {
      if (takenEnd !== undefined) throw new Error('Cannot allocate as the place behind is taken by a picture');
      const bytes = place(allocated, sizeBytes);
      if (bytes !== undefined) allocated = afterSlack(allocated + sizeBytes);
      return bytes;
    },
    take(sizeBytes) {
      const bytes = place(allocated, sizeBytes);
      takenEnd = bytes === undefined ? allocated : afterSlack(allocated + sizeBytes);
      return bytes ?? new Uint8Array(sizeBytes);
    },
    copyIn(bytes) {
      const copy = behind(bytes.length);
      copy?.set(bytes);
      return copy?.byteOffset;
    },
    addressOf: ({ buffer, byteOffset }) => (buffers.has(buffer) ? byteOffset : undefined),
  };
}

/** The next place behind `end` and its slack. */
function afterSlack(end: number): number {
  return Math.ceil((end + SLACK_BYTES) / SLACK_BYTES) * SLACK_BYTES;
}
