import type { Job } from '../domain/inspection.js';
import type { Reply } from '../worker/protocol/worker.js';

export type Answer = Extract<Reply, { readonly type: 'inspected' | 'self-tested' }>;

/** One unit of work in the pool, with its promise. Without a job it is a self-test. */
export interface Task {
  readonly id: number;
  readonly job: Job | undefined;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
  /** Called right before a worker gets it, at each attempt; what it throws is the task's end. */
  readonly onStart: () => void;
  /** 1, then 2 on a fresh worker. */
  attempt: number;
  /** `performance.now()` when it was handed in and when a worker got it. */
  readonly queuedAtMs: number;
  startedAtMs: number;
}
