import { SingleBar } from 'cli-progress';

export interface ProgressBar {
  add(units: number): void;
  stop(): void;
}

/** A bar that tidies itself away. Without a terminal nobody watches, and nothing is drawn. */
export function startProgressBar(
  stream: NodeJS.WritableStream | undefined,
  total: number,
  format: string,
): ProgressBar | undefined {
  if (stream === undefined) return undefined;
  // Without linewrap the terminal stops wrapping, and a longer line of output is written over at its edge: 111.8 ms as 111.8 s.
  const bar = new SingleBar({ format, stream, clearOnComplete: true, hideCursor: true, barsize: 30, linewrap: true });
  bar.start(total, 0);
  return { add: (units) => bar.increment(units), stop: () => bar.stop() };
}
