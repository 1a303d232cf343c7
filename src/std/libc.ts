/**
 * Copies large bytes from and to memory that threads share. V8 copies such bytes in atomic steps, one by one where the two do
 * not lie alike on a word's boundary, which for a picture takes seven times as long as the C library: nobody writes
 * to them meanwhile, so no step need be atomic.
 */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import koffi from 'koffi';
import type { CopyBytes } from './copy-bytes.js';

/** Below this a call costs as much as it saves. */
const LEAST_COPIED_BYTES = 4096;

const memmove = loadMemmove();

export const copyBytes: CopyBytes = (from, to) => {
  if (from.length > to.length) {
    throw new RangeError(`Cannot copy as the bytes must fit into ${to.length}: there are ${from.length}`);
  }
  if (memmove === undefined || from.length < LEAST_COPIED_BYTES) to.set(from);
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

// Makes glibc's allocator give large buffers back to the system at once, and V8 collect garbage before it is much.

/** Of malloc.h. */
const M_TRIM_THRESHOLD = -1;
const M_MMAP_THRESHOLD = -3;
const M_ARENA_MAX = -8;

const LEAST_MAPPED_BYTES = 128 * 1024;
const MAX_ARENAS = 2;

/**
 * V8 lets the old generation of every thread grow to a multiple of what is alive before it collects that, which under steady
 * load takes half an hour of growing memory. Payloads lie outside of the heap, so what is alive is little and soon collected.
 */
export function keepHeapsSmall(): void {
  setFlagsFromString('--heap-growing-percent=30');
}

/**
 * Collects this thread's garbage now. V8 does so as a heap grows; buffers and WebAssembly memory lie outside of the heap, and a
 * thread that dropped many of them and makes few new objects keeps them for hours.
 */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc'); // for contexts made from now on
  const collect: () => void = runInNewContext('gc');
  collect();
}

/**
 * Gives pages in the middle of the heaps back to the system that nothing lies in any more. glibc does so by itself at their ends
 * alone.
 */
export function trimHeaps(): void {
  try {
    koffi.load('libc.so.6').func('int malloc_trim(size_t)')(0);
  } catch {
    // No glibc.
  }
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
    if (env['MALLOC_MMAP_THRESHOLD_'] === undefined) mallopt(M_MMAP_THRESHOLD, LEAST_MAPPED_BYTES);
    if (env['MALLOC_TRIM_THRESHOLD_'] === undefined) mallopt(M_TRIM_THRESHOLD, LEAST_MAPPED_BYTES);
    if (env['MALLOC_ARENA_MAX'] === undefined) mallopt(M_ARENA_MAX, MAX_ARENAS);
  } catch {
    // No glibc: nothing to set.
  }
}

// What is allocated by native code: V8's heaps are not in it, nor what is mapped of files.

type Mallinfo = () => { readonly uordblks: number | bigint; readonly hblkhd: number | bigint };

const MALLINFO_FIELDS = [
  'arena',
  'ordblks',
  'smblks',
  'hblks',
  'hblkhd',
  'usmblks',
  'fsmblks',
  'uordblks',
  'fordblks',
  'keepcost',
];

/** @returns bytes that all threads of the process have allocated since, at least 0; undefined where there is no glibc */
export function measureNativeMemory(): () => number | undefined {
  const read = loadMallinfo();
  const allocated = () => {
    const { uordblks, hblkhd } = read?.() ?? { uordblks: 0, hblkhd: 0 };
    return Number(uordblks) + Number(hblkhd);
  };
  const before = allocated();
  return () => (read === undefined ? undefined : Math.max(0, allocated() - before));
}

/** Before glibc 2.33 its fields are ints, good for 2 GiB. */
function loadMallinfo(): Mallinfo | undefined {
  for (const [name, type] of [
    ['mallinfo2', 'size_t'],
    ['mallinfo', 'int'],
  ] as const) {
    try {
      const fields = Object.fromEntries(MALLINFO_FIELDS.map((field) => [field, type]));
      return koffi.load('libc.so.6').func(name, koffi.struct(fields), []) as Mallinfo;
    } catch {} // not in this glibc
  }
  return undefined;
}
