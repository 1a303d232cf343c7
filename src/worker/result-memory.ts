/** Where a worker writes its results: shared memory that the main thread publishes from, and gives back by the job's id. */
import type { Inspection } from '../domain/inspection.js';
import type { PayloadMemory } from '../payload/join-parts.js';
import { copyBytes } from '../std/libc.js';
import { createSharedBuffers } from '../std/shared-buffers.js';

export interface ResultMemory extends PayloadMemory {
  /** The payloads of the inspection are out of this thread's hands until it is released. */
  lend(id: number, inspection: Inspection): void;
  release(ids: readonly number[]): void;
}

/** Smaller ones are transferred: they cost less than the account of them. So are those too large to be kept. */
const SMALLEST_SHARED_BYTES = 8 * 1024;
const LARGEST_SHARED_BYTES = 8 * 2 ** 20;
const MAX_KEPT_BYTES = 16 * 2 ** 20;

export function createResultMemory(): ResultMemory {
  const buffers = createSharedBuffers(MAX_KEPT_BYTES);
  const lent = new Map<number, readonly ArrayBufferLike[]>();

  return {
    allocate: (sizeBytes) =>
      sizeBytes < SMALLEST_SHARED_BYTES || sizeBytes > LARGEST_SHARED_BYTES
        ? Buffer.allocUnsafeSlow(sizeBytes)
        : buffers.take(sizeBytes),
    copy: copyBytes,
    lend(id, { results }) {
      const shared = results
        .map(({ payload }) => payload.buffer)
        .filter((memory) => memory instanceof SharedArrayBuffer);
      if (shared.length > 0) lent.set(id, shared);
    },
    release(ids) {
      for (const id of ids) {
        for (const memory of lent.get(id) ?? []) buffers.give(memory);
        lent.delete(id);
      }
    },
  };
}
