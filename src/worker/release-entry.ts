/** A thread that frees a compiled model which no worker uses any more: the thread that compiled it has ended long ago. */
import { createEngine } from '../engine/create-engine.js';
import { answerOnce } from '../std/one-shot-thread.js';
import { trimHeaps } from '../std/libc.js';
import type { ReleaseTask } from './protocol/one-shot.js';

answerOnce(async ({ engine: choice, shared }: ReleaseTask): Promise<void> => {
  const engine = await createEngine(choice);
  for (const model of shared) engine.release(model);
  engine.close();
  trimHeaps();
}, 'ERR_MODEL_LOAD');
