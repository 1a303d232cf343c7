/**
 * Copies large bytes from and to memory that threads share. V8 copies such bytes in atomic steps, one by one where the two do
 * not lie alike on a word's boundary, which for a picture takes seven times as long as the C library: nobody writes
 * to them meanwhile, so no step need be atomic.
 */
import koffi from 'koffi';
import type { CopyBytes } from './copy-bytes.js';

/** Below this a call costs as much as it saves. */
const LARGE_BYTES = 4096;

const memmove = loadMemmove();

export const copyBytes: CopyBytes = (from, to) => {
  if (from.length > to.length) {
    throw new RangeError(`Cannot copy as the bytes must fit into ${to.length}: there are ${from.length}`);
  }
  if (memmove === undefined || from.length < LARGE_BYTES) to.set(from);
  else memmove(to, from, from.length);
};

/** Undefined where there is no glibc. */
function loadMemmove(): ((to: Uint8Array, from: Uint8Array, sizeBytes: number) => unknown) | undefined {
  try {
    return koffi.load('libc.so.6').func('void *memmove(void *to, const void *from, size_t size)');
  } catch {
    return undefined;
  }
}
