/** Makes glibc's allocator give large buffers back to the system at once, and V8 collect garbage before it is much. */
import { setFlagsFromString } from 'node:v8';
import koffi from 'koffi';

/** Of malloc.h. */
const M_TRIM_THRESHOLD = -1;
const M_MMAP_THRESHOLD = -3;
const M_ARENA_MAX = -8;

const LARGE_BYTES = 128 * 1024;
const MAX_ARENAS = 2;

/**
 * V8 lets the old generation of every thread grow to a multiple of what is alive before it collects that, which under steady
 * load takes half an hour of growing memory. Payloads lie outside of the heap, so what is alive is little and soon collected.
 */
export function keepHeapsSmall(): void {
  setFlagsFromString('--heap-growing-percent=30');
}

/**
 * glibc raises its limit for separately mapped buffers with every one that is freed, up to 32 MiB: pictures then come from
 * heaps that never shrink. With a fixed limit they are mapped apart. Each setting yields to its variable in the environment;
 * nothing happens where there is no glibc.
 * @see https://www.gnu.org/software/libc/manual/html_node/Malloc-Tunable-Parameters.html
 */
export function returnLargeBuffers(env: NodeJS.ProcessEnv): void {
  try {
    const mallopt = koffi.load('libc.so.6').func('int mallopt(int, int)');
    if (env['MALLOC_MMAP_THRESHOLD_'] === undefined) mallopt(M_MMAP_THRESHOLD, LARGE_BYTES);
    if (env['MALLOC_TRIM_THRESHOLD_'] === undefined) mallopt(M_TRIM_THRESHOLD, LARGE_BYTES);
    if (env['MALLOC_ARENA_MAX'] === undefined) mallopt(M_ARENA_MAX, MAX_ARENAS);
  } catch {
    // No glibc: nothing to set.
  }
}
