/** What processes and the machine have used so far, from /proc. @see proc(5) */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
const PAGE_BYTES = Number(execFileSync('getconf', ['PAGESIZE'], { encoding: 'utf8' }));

/** CPU milliseconds of all threads, ended ones included. */
export function cpuMs(pids: readonly number[]): number {
  let ticks = 0;
  for (const pid of pids) {
    const stat = statOf(`/proc/${pid}/stat`);
    ticks += Number(stat?.[11] ?? 0) + Number(stat?.[12] ?? 0);
  }
  return (1000 * ticks) / TICKS_PER_SECOND;
}

/** CPU milliseconds of each living thread of the process; the main thread has the process's own number. */
export function threadCpuMs(pid: number): ReadonlyMap<number, number> {
  const used = new Map<number, number>();
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    try {
      const [nanoseconds] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ');
      used.set(Number(thread), Number(nanoseconds) / 1e6);
    } catch {
      // It has ended.
    }
  }
  return used;
}

/** Resident memory, shared pages counted in each process. */
export function rssBytes(pids: readonly number[]): number {
  let pages = 0;
  for (const pid of pids) {
    try {
      pages += Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]);
    } catch {
      // It has ended.
    }
  }
  return pages * PAGE_BYTES;
}

export interface MachineTime {
  /** Seconds of all cores together. */
  readonly busy: number;
  readonly stolen: number;
  readonly total: number;
}

export function machineTime(): MachineTime {
  const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n');
  // user nice system idle iowait irq softirq steal
  const ticks = line.trim().split(/\s+/).slice(1, 9).map(Number);
  const total = ticks.reduce((sum, each) => sum + each, 0) / TICKS_PER_SECOND;
  const idle = ((ticks[3] ?? 0) + (ticks[4] ?? 0)) / TICKS_PER_SECOND;
  const stolen = (ticks[7] ?? 0) / TICKS_PER_SECOND;
  return { busy: total - idle - stolen, stolen, total };
}

/** The fields after the program's name, which may itself hold blanks and brackets; the first is the state. */
function statOf(path: string): string[] | undefined {
  try {
    const text = readFileSync(path, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}
