/** A child process as its parent sees it: how it ended, and its last words. */
import type { ChildProcess } from 'node:child_process';

export interface ChildEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** A signal, "exit code N", or why there never was a process. */
  readonly how: string;
  /** The end of what it wrote to the streams that are pipes, without spaces around it. */
  readonly lastWords: string;
}

export interface WatchedChild {
  /** Resolves when it has ended and its streams are closed, or when it cannot be started. Never rejects. */
  readonly ended: Promise<ChildEnd>;
  /** What it has written last until now. */
  lastWords(): string;
}

const KEPT_CHARACTERS = 2000;

/** Call it right after the child was made: what is missed then is lost. */
export function watchChild(child: ChildProcess): WatchedChild {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text = (text + chunk).slice(-KEPT_CHARACTERS);
    });
  }
  const lastWords = () => text.trim();
  const ended = new Promise<ChildEnd>((resolve) => {
    child.once('close', (code, signal) =>
      resolve({ code, signal, how: signal ?? `exit code ${code}`, lastWords: lastWords() }),
    );
    child.on('error', (error) => {
      if (child.pid !== undefined) return; // a signal or message that did not reach it: it is followed by 'close'
      resolve({ code: null, signal: null, how: error.message, lastWords: '' });
    });
  });
  return { ended, lastWords };
}

/** How it ended and what it said of it, in one line of an error. */
export function sentenceOf({ how, lastWords }: Pick<ChildEnd, 'how' | 'lastWords'>): string {
  return lastWords === '' ? how : `${how}: ${lastWords}`;
}
