/** Progress of long work: a bar on standard error while a person watches, nothing otherwise; lines go to standard output. */
import { startProgressBar } from '../std/progress-bar.js';
import type { CommandIo } from './command.js';

export interface Progress {
  /** One unit is done. */
  step(): void;
  /** Prints a line of output without tearing the bar. */
  line(text: string): void;
  stop(): void;
}

/** @param total 0 when it is not known: no bar then */
export function startProgress(io: CommandIo, total: number, unit: string): Progress {
  const stream = total > 1 ? io.terminal : undefined;
  const format = `{bar} {value}/{total} ${unit}, {eta_formatted} left`;
  const bar = startProgressBar(stream, total, format);
  return {
    step: () => bar?.add(1),
    line(text) {
      if (bar) io.stderr('\r\u001b[2K'); // the bar draws itself again
      io.stdout(`${text}\n`);
    },
    stop: () => bar?.stop(),
  };
}
