/**
 * Pages of files that are mapped into the process: programs and libraries. Most of what is read of them serves the start alone, and
 * the system counts it as the process's until memory runs short.
 */
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import koffi from 'koffi';

export interface Mapping {
  readonly start: number;
  readonly sizeBytes: number;
}

/** Of sys/mman.h. */
const MADV_DONTNEED = 4;
/** A library that is being loaded looks like one that is loaded, for an instant: only what stood as long as this is touched. */
const STANDING_MS = 1_000;
/** Start, end, permissions and file of a mapping, as the first line of its entry in smaps has them. @see proc_pid_smaps(5) */
export const FIRST_LINE = /^([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \d+ *(.*)$/;

/**
 * Gives up the pages of files that hold nothing of the process's own: the next access finds them again, in the system's cache or in
 * the file. Does nothing where the system does not tell of mappings, or when `signal` aborts.
 * @returns bytes of the mappings that were given up
 */
export async function dropFilePages(signal?: AbortSignal, standingMs = STANDING_MS): Promise<number> {
  try {
    const before = keysOf(cleanMappings(await readFile('/proc/self/smaps', 'utf8')));
    await delay(standingMs, undefined, signal && { signal });
    const madvise = koffi.load('libc.so.6').func('int madvise(size_t start, size_t size, int advice)');
    const standing = cleanMappings(await readFile('/proc/self/smaps', 'utf8')).filter((mapping) =>
      before.has(keyOf(mapping)),
    );
    for (const { start, sizeBytes } of standing) madvise(start, sizeBytes, MADV_DONTNEED);
    return standing.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  } catch {
    return 0;
  }
}

/** Mappings of files that can't be written and in which no page was: what is in them is what the file has. */
export function cleanMappings(smaps: string): Mapping[] {
  const found: Mapping[] = [];
  let current: Mapping | undefined;
  for (const line of smaps.split('\n')) {
    const [, from = '', to = '', permissions = '', name = ''] = FIRST_LINE.exec(line) ?? [];
    if (from !== '') {
      const start = Number.parseInt(from, 16);
      const isOfFile = name.startsWith('/') && !permissions.includes('w') && permissions.endsWith('p');
      current = isOfFile ? { start, sizeBytes: Number.parseInt(to, 16) - start } : undefined;
    } else if (current !== undefined && /^Anonymous: +0 kB$/.test(line)) {
      found.push(current);
    }
  }
  return found;
}

function keysOf(mappings: readonly Mapping[]): ReadonlySet<string> {
  return new Set(mappings.map(keyOf));
}

function keyOf({ start, sizeBytes }: Mapping): string {
  return `${start}+${sizeBytes}`;
}
