import type { Job } from '../domain/inspection.js';
import type { Reply } from '../worker/protocol/worker.js';

export type Answer = Extract<Reply, { readonly type: 'inspected' | 'self-tested' }>;

export type Work =
  | { readonly type: 'inspect'; readonly job: Job }
  /** The self-test of the model of this key. */
  | { readonly type: 'self-test'; readonly key: string };

/** One unit of work in the pool, with its promise. */
export interface Task {
  readonly id: number;
  readonly work: Work;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
  /** Called right before a worker gets it, at each attempt; what it throws is the end of the task. */
  readonly beforeStart: () => void;
  /** 1, then 2 on a fresh worker. */
  attempt: number;
  /** `performance.now()` when it was handed in and when a worker got it. */
  readonly queuedAtMs: number;
  startedAtMs: number;
}

/** Key of the model that the work is for; '' where there is only one and the job does not say. */
export function modelOf(work: Work): string {
  return work.type === 'self-test' ? work.key : (work.job.assignments?.[0]?.model ?? '');
}
