/** Every message between the service and the child process that tries suspects; it crosses a pipe, so memory is never shared. */

import type { Job } from '../../domain/inspection.js';
import type { EngineChoice } from '../../engine/engine.js';
import type { WireError } from '../../std/errors.js';
import type { WorkerSetup } from './worker.js';

/** What shares memory between threads is left out: the child makes its own. */
export type IsolatedSetup = Omit<WorkerSetup, 'libvips'>;

/** Everything that the child needs for the pictures that it will get: one entry for each model, at least one. */
export interface IsolatedStart<Setup = WorkerSetup> {
  readonly engine: EngineChoice;
  readonly setups: readonly Setup[];
}

export type IsolatedRequest =
  /** First message, answered by `ready` or `could-not-start`. */
  | ({ readonly type: 'start' } & IsolatedStart<IsolatedSetup>)
  /** After `ready`, one at a time. */
  | { readonly type: 'inspect'; readonly job: Job };

export type IsolatedReply =
  | { readonly type: 'ready' }
  | { readonly type: 'could-not-start'; readonly error: WireError }
  /** With whatever outcome: the process lives. */
  | { readonly type: 'survived' };
