/** The picture path without MQTT as the bench sees it: a process with the service's own pool, and threads for single stages. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** Work on every picture: one stage, the three that no service can do without, or the whole path through the pool. */
export const WORKS = ['decode', 'infer', 'encode', 'bare', 'pool'] as const;
export type Work = (typeof WORKS)[number];

export interface StagesOptions {
  readonly model: string;
  readonly precision: 'f32' | 'bf16';
  /** Paths of JPEGs. */
  readonly pictures: readonly string[];
}

export interface StagesTask {
  readonly work: Work;
  readonly seconds: number;
}

export interface StagesResult {
  readonly perSecond: number;
  /** A picture, all threads of the process. */
  readonly cpuMs: number;
}

export interface Stages extends AsyncDisposable {
  run(task: StagesTask): Promise<StagesResult>;
}

export async function startStages({ model, precision, pictures }: StagesOptions): Promise<Stages> {
  const child = fork(fileURLToPath(new URL('./stages-main.js', import.meta.url)), [...pictures], {
    env: { PATH: process.env['PATH'], FLAWLINE_MODEL_PATH: model, FLAWLINE_MODEL_PRECISION: precision },
    // The command's first line, by hand.
    execArgv: ['--max-semi-space-size=2'],
  });
  const gone = once(child, 'exit');
  const lost = gone.then(() => ({ error: 'the process of the stages ended' }));
  async function answer(): Promise<StagesResult> {
    const message = once(child, 'message').then(([value]) => value as StagesResult | { error: string });
    const result = await Promise.race([message, lost]);
    if ('error' in result) throw new Error(result.error);
    return result;
  }
  await answer(); // it is ready
  return {
    async run(task) {
      const result = answer();
      child.send(task);
      return await result;
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await gone;
    },
  };
}
