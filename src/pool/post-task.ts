import type { InferenceMode } from '../engine/engine.js';
import type { Task } from './queue.js';
import type { WorkerThread } from './thread.js';

export interface PostOptions {
  readonly mode: InferenceMode;
  /** Former jobs whose payloads nobody reads any more; told with a job, and then empty. */
  readonly released: number[];
}

/** One message for a task. The payload is shared or copied: the original stays with the caller for a second try. */
export function postTask(thread: WorkerThread, { id, work }: Task, { mode, released: all }: PostOptions): void {
  if (work.type === 'self-test') {
    thread.post({ ...work, id });
    return;
  }
  const released = all.splice(0);
  if (work.job.payload.buffer instanceof SharedArrayBuffer) {
    thread.post({ type: 'inspect', id, job: work.job, mode, released });
    return;
  }
  const payload = new Uint8Array(work.job.payload);
  thread.post({ type: 'inspect', id, job: { ...work.job, payload }, mode, released }, [payload.buffer]);
}
