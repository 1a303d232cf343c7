/** What a place in the pool is given, and whom it tells. */
import type { Backoff } from '../std/backoff.js';
import type { ModelHandle } from '../worker/protocol/worker.js';
import type { Task } from './queue.js';
import type { SpawnThread } from './thread.js';

export const monotonicMs = () => performance.now();

/** Of a place in the pool. */
export type SlotState = 'starting' | 'idle' | 'busy' | 'backing-off' | 'stopped';

export interface SlotOptions {
  readonly spawn: SpawnThread;
  /** The models of a thread that starts. Threads load their code meanwhile; if it rejects, they never start. */
  readonly models: () => Promise<readonly ModelHandle[]>;
  readonly jobTimeoutMs: number;
  /** How long a thread may take to become ready, from when the model is compiled. */
  readonly startTimeoutMs: number;
  /** How long a cut or stopped thread may take to end before it is abandoned. */
  readonly graceMs: number;
  /** False for engines that abort the process when their thread is terminated (openvino-node). */
  readonly canTerminate: boolean;
  /** Waits after failed starts in a row; each slot has its own. */
  readonly restartBackoff: () => Backoff;
  /** A clock that never goes back; only tests give another. */
  readonly nowMs?: () => number;
}

/** @typeParam Slot what it tells of */
export interface SlotListener<Slot> {
  /** The thread is ready, or has answered a task: it can be given a further one. */
  onFree(): void;
  /** Tasks that were given ahead and not begun, in order: the thread is replaced for what another one did. */
  onTasksReturned(tasks: readonly Task[]): void;
  /** The task ended in an error; `threadLost` says that the slot is replacing its thread. */
  onTaskFailed(slot: Slot, task: Task, error: Error, threadLost: boolean): void;
  onRestart(cause: Error): void;
  /** The thread could not start; the slot tries again after its back-off. */
  onStartFailed(slot: Slot, error: Error): void;
  /** A thread is still running although it was cut. */
  onAbandoned(): void;
  /** An abandoned thread has ended after all: its native call came back. */
  onReturned(): void;
  /** A thread goes on with less than it was given. */
  onWarning(error: Error): void;
}
