/** The resident memory of a process by kind of mapping. */
import { readFileSync } from 'node:fs';
import { FIRST_LINE } from '../../src/std/mapped-pages.js';

/** V8 takes its heap in pieces of this size, at multiples of it; large objects have several. */
const V8_PAGE_BYTES = 256 * 1024;
const MAX_V8_BYTES = 4 * 2 ** 20;

export const MEMORY_KINDS = [
  'program and snapshot of node',
  'libraries of OpenVINO',
  'other libraries',
  'heaps of V8, all threads',
  'machine code of V8',
  'heap of the C library, main arena',
  'other: weights and activations of OpenVINO, memories of kernels, payloads, thread arenas',
] as const;
export type MemoryKind = (typeof MEMORY_KINDS)[number];

/** What no file holds: the process's own, which the system cannot take back. @returns bytes */
export function ownMemory(pid: number): number {
  const kb = /^Anonymous: +(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1];
  return 1024 * Number(kb);
}

/** Resident bytes. @see proc_pid_smaps(5) */
export function memoryByKind(pid: number): ReadonlyMap<MemoryKind, number> {
  const found = new Map<MemoryKind, number>(MEMORY_KINDS.map((kind) => [kind, 0]));
  let kind: MemoryKind = MEMORY_KINDS[6];
  for (const line of readFileSync(`/proc/${pid}/smaps`, 'utf8').split('\n')) {
    const mapping = FIRST_LINE.exec(line);
    if (mapping !== null) kind = kindOf(mapping);
    else if (line.startsWith('Rss:'))
      found.set(kind, (found.get(kind) ?? 0) + 1024 * Number.parseInt(line.slice(4), 10));
  }
  return found;
}

function kindOf([, from = '', to = '', permissions = '', name = '']: RegExpExecArray): MemoryKind {
  if (name.endsWith('/node')) return MEMORY_KINDS[0];
  if (name.startsWith('/')) return /openvino|libtbb/.test(name) ? MEMORY_KINDS[1] : MEMORY_KINDS[2];
  if (name === '[heap]') return MEMORY_KINDS[5];
  if (permissions.includes('x')) return MEMORY_KINDS[4];
  const [start, end] = [Number.parseInt(from, 16), Number.parseInt(to, 16)];
  const isAligned = start % V8_PAGE_BYTES === 0 && (end - start) % V8_PAGE_BYTES === 0;
  return isAligned && end - start <= MAX_V8_BYTES ? MEMORY_KINDS[3] : MEMORY_KINDS[6];
}
