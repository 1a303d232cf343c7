/** The load generator as the bench sees it. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface LoadTask {
  /** Of the broker, on the loopback. */
  readonly port: number;
  readonly topicIn: string;
  readonly topicOut: string;
  /** Paths of JPEGs, published in turn. */
  readonly pictures: readonly string[];
  readonly count: number;
  /** So many without a result at any time, or each at its time, milliseconds from the start. */
  readonly pace: { readonly window: number } | { readonly dueMs: readonly number[] };
  /** Pictures without a result are done when a later one has its result; the last must have one. */
  readonly hasFiltered?: boolean;
  /** Compares `origin` of every result with what was sent; costs the generator some time. */
  readonly compares?: boolean;
}

export interface LoadResult {
  /** Messages dealt with. */
  readonly done: number;
  readonly results: number;
  /** Results that are nobody's, come twice, or have another origin. */
  readonly wrong: number;
  /** First message to last result. */
  readonly seconds: number;
  /** In the middle of the run. */
  readonly perSecond: number;
  /** Of what the hypervisor left of all cores, 0..1, by anybody, in the middle of the run. */
  readonly busyShare: number;
  /** Ascending; from the time a message was to be sent to its result. */
  readonly latenciesMs: readonly number[];
  /** Of the generator. */
  readonly cpuMs: number;
}

export interface Load extends AsyncDisposable {
  run(task: LoadTask): Promise<LoadResult>;
}

export function startLoad(): Load {
  const child: ChildProcess = fork(fileURLToPath(new URL('./load-main.js', import.meta.url)));
  const gone = once(child, 'exit');
  const lost = gone.then(() => ({ error: 'the load generator ended' }));
  return {
    async run(task) {
      const result = once(child, 'message').then(([message]) => message as LoadResult | { error: string });
      child.send(task);
      const answer = await Promise.race([result, lost]);
      if ('error' in answer) throw new Error(answer.error);
      if (answer.done !== task.count || answer.wrong > 0) {
        throw new Error(`of ${task.count} messages ${answer.done} were dealt with, ${answer.wrong} results were wrong`);
      }
      return answer;
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await gone;
    },
  };
}
