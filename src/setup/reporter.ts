/** What set-up tells while it works: bars on a terminal, plain lines elsewhere. */
import { type ProgressBar, startProgressBar } from '../std/progress-bar.js';

export interface SetupReporter {
  readonly isTerminal: boolean;
  line(text: string): void;
  progress(title: string, totalBytes: number): ProgressBar;
}

export interface TextStream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

const MIB = 2 ** 20;

/** Writes to one stream, in general stderr: the results of commands stay clean. */
export function createReporter(stream: NodeJS.WriteStream | TextStream): SetupReporter {
  const terminal = isTerminal(stream) ? stream : undefined;
  const line = (text: string): void => void stream.write(`flawline: ${text}\n`);
  return {
    isTerminal: terminal !== undefined,
    line,
    progress(title, totalBytes) {
      const mebibytes = Math.ceil(totalBytes / MIB);
      const format = `flawline: ${title} {bar} {percentage} % of ${mebibytes} MiB`;
      const bar = startProgressBar(terminal, totalBytes, format);
      if (bar === undefined) line(`${title}, ${mebibytes} MiB …`);
      return bar ?? { add() {}, stop() {} };
    },
  };
}

function isTerminal(stream: NodeJS.WriteStream | TextStream): stream is NodeJS.WriteStream {
  return stream.isTTY === true;
}
