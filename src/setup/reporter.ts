/** What set-up tells while it works: bars on a terminal, plain lines elsewhere. */
import { SingleBar } from 'cli-progress';

interface Progress {
  add(bytes: number): void;
  stop(): void;
}

export interface SetupReporter {
  readonly isTerminal: boolean;
  line(text: string): void;
  progress(title: string, totalBytes: number): Progress;
}

export interface TextStream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

const MIB = 2 ** 20;

/** Writes to one stream, in general stderr: the results of commands stay clean. */
export function createReporter(stream: NodeJS.WriteStream | TextStream): SetupReporter {
  const line = (text: string): void => void stream.write(`flawline: ${text}\n`);
  if (!isTerminal(stream)) {
    return {
      isTerminal: false,
      line,
      progress(title, totalBytes) {
        line(`${title}, ${Math.ceil(totalBytes / MIB)} MiB …`);
        return { add() {}, stop() {} };
      },
    };
  }
  return {
    isTerminal: true,
    line,
    progress(title, totalBytes) {
      const format = `flawline: ${title} {bar} {percentage} % of ${Math.ceil(totalBytes / MIB)} MiB`;
      const bar = new SingleBar({ format, stream, hideCursor: true, clearOnComplete: true, barsize: 30 });
      bar.start(totalBytes, 0);
      return { add: (bytes) => bar.increment(bytes), stop: () => bar.stop() };
    },
  };
}

function isTerminal(stream: NodeJS.WriteStream | TextStream): stream is NodeJS.WriteStream {
  return stream.isTTY === true;
}
