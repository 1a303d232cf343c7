/** Memory of a process, as Linux tells it. */
import { readFileSync } from 'node:fs';

/** Resident set, bytes; 0 when the process is gone. */
export function rssBytes(pid: number): number {
  return read(pid, /VmRSS:\s+(\d+) kB/);
}

/** Its largest value since the process began, bytes; 0 when the process is gone. */
export function peakRssBytes(pid: number): number {
  return read(pid, /VmHWM:\s+(\d+) kB/);
}

function read(pid: number, line: RegExp): number {
  try {
    return Number(line.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
