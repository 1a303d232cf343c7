/**
 * One place in the pool: a worker thread, what it is doing, and its replacement when it dies, hangs or fails to start.
 * It may be given tasks ahead of the one in work; only that one has a deadline, and is blamed for the thread's end.
 * A hanging thread is cut at the deadline. Native code cannot be cut: a thread that does not end within the grace time is
 * abandoned, and the slot goes on with a new one.
 */

import type { InferenceMode, SharedModel } from '../engine/engine.js';
import type { Backoff } from '../std/backoff.js';
import { fromWire, ServiceError } from '../std/errors.js';
import { settlesWithin } from '../std/promises.js';
import type { Change, Reply } from '../worker/protocol/worker.js';
import { postTask } from './post-task.js';
import type { Task } from './queue.js';
import { monotonicMs, type SlotListener, type SlotOptions, type SlotState } from './slot-options.js';
import type { WorkerThread } from './thread.js';

export class Slot {
  state: SlotState = 'stopped';
  private thread: WorkerThread | undefined;
  /** Given to the thread and not answered, in order; the first is in work. */
  private tasks: Task[] = [];
  private deadline: NodeJS.Timeout | undefined;
  /** Inspections of this thread whose payloads nobody reads any more. */
  private released: number[] = [];
  /** Changes that this thread has got and not answered. */
  private readonly changes = new Map<number, (error?: Error) => void>();
  /** Whether this thread got its models, be it ready or not. */
  private hasModels = false;
  private restart: NodeJS.Timeout | undefined;
  /** For each thread that is being ended and not yet abandoned. */
  private readonly leaving = new Set<Promise<void>>();
  private readonly options: SlotOptions;
  private readonly backoff: Backoff;
  private readonly listener: SlotListener<Slot>;

  constructor(options: SlotOptions, listener: SlotListener<Slot>) {
    this.options = options;
    this.backoff = options.restartBackoff();
    this.listener = listener;
  }

  start(): void {
    this.state = 'starting';
    this.released = [];
    this.hasModels = false;
    this.settleChanges();
    const thread: WorkerThread = this.options.spawn((reply) => {
      if (this.thread === thread) this.onReply(reply);
    });
    this.thread = thread;
    void thread.ended.then((cause) => {
      if (this.thread === thread) this.onExit(cause ?? new Error('it ended by itself'));
    });
    void this.options.models().then(
      (models) => {
        if (this.thread !== thread || this.state !== 'starting') return; // stopped meanwhile
        this.deadline = setTimeout(() => this.onStartDeadline(thread), this.options.startTimeoutMs);
        thread.post({ type: 'start', models });
        this.hasModels = true;
      },
      () => undefined, // told by the one who compiles
    );
  }

  /** For a thread that has its models already; one that starts later gets the second compilation with them. */
  enableLatencyMode(key: string, shared: SharedModel): void {
    if (this.hasModels) this.thread?.post({ type: 'enable-latency-mode', key, shared });
  }

  /**
   * Changes what this thread holds, between two jobs. Resolves at once for a thread that has not got its models yet: it starts
   * with the new ones. So it does for one that ends before it has answered. @throws {Error} what the thread says
   */
  change(id: number, change: Change): Promise<void> {
    const { thread } = this;
    if (thread === undefined || !this.hasModels) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.changes.set(id, (error) => (error === undefined ? resolve() : reject(error)));
      thread.post({ type: 'change', id, change });
    });
  }

  /** Tasks that the thread has. */
  get load(): number {
    return this.tasks.length;
  }

  /** Whether what it has in work has failed once: nothing else is to be with it. */
  get isRetrying(): boolean {
    return (this.tasks[0]?.attempt ?? 1) > 1;
  }

  /** When the thread began with what it has in work; undefined when it has nothing. */
  get workingSinceMs(): number | undefined {
    return this.tasks[0]?.startedAtMs;
  }

  /**
   * When idle, or ahead of time when busy. The payload is shared or copied: the original stays with the caller for a second
   * try.
   */
  run(task: Task, mode: InferenceMode): void {
    if ((this.state !== 'idle' && this.state !== 'busy') || !this.thread) throw new Error(`slot is ${this.state}`);
    this.state = 'busy';
    this.tasks.push(task);
    if (this.tasks.length === 1) this.begin(task);
    postTask(this.thread, task, { mode, released: this.released });
  }

  /** Replaces the thread although it answers: after an inference error its state is not trusted. */
  recycle(cause: Error): void {
    this.thread?.post({ type: 'stop' });
    if (this.thread) this.watchEnd(this.thread);
    clearTimeout(this.deadline); // of the task that came next
    const ahead = this.tasks.splice(0);
    this.replaceThread(cause);
    if (ahead.length > 0) this.listener.onTasksReturned(ahead);
  }

  /**
   * Asks the thread to end, cuts it after the grace time. Resolves to false if it is running still; those before it have
   * ended then, or were abandoned.
   */
  async stop(): Promise<boolean> {
    clearTimeout(this.restart);
    clearTimeout(this.deadline);
    this.state = 'stopped';
    for (const task of this.tasks.splice(0)) task.reject(new Error('the pool was closed'));
    const thread = this.thread;
    this.thread = undefined;
    this.settleChanges();
    const [hasEnded] = await Promise.all([thread === undefined || this.end(thread), ...this.leaving]);
    return hasEnded;
  }

  private async end(thread: WorkerThread): Promise<boolean> {
    thread.post({ type: 'stop' });
    if (await settlesWithin(thread.ended, this.options.graceMs)) return true;
    if (!this.options.canTerminate) return false;
    thread.terminate();
    return await settlesWithin(thread.ended, this.options.graceMs);
  }

  private onReply(reply: Reply): void {
    switch (reply.type) {
      case 'ready':
        clearTimeout(this.deadline);
        this.backoff.reset();
        this.becomeFree();
        return;
      case 'could-not-start':
        this.startFailed(fromWire(reply.error));
        return;
      case 'inspected':
        this.take(reply.id)?.resolve({
          ...reply,
          inspection: { ...reply.inspection, release: this.releaseOf(reply.id) },
        });
        this.becomeFree();
        return;
      case 'self-tested':
        this.take(reply.id)?.resolve(reply);
        this.becomeFree();
        return;
      case 'changed':
        this.answerChange(reply.id);
        return;
      case 'warning':
        this.listener.onWarning(fromWire(reply.error));
        return;
      case 'failed': {
        if (this.answerChange(reply.id, fromWire(reply.error))) return;
        const task = this.take(reply.id);
        const { thread } = this;
        if (task) this.listener.onTaskFailed(this, task, fromWire(reply.error), false);
        if (this.thread === thread) this.becomeFree(); // unless the listener recycled this slot
        return;
      }
    }
  }

  private settleChanges(): void {
    for (const settle of this.changes.values()) settle();
    this.changes.clear();
  }

  private answerChange(id: number, error?: Error): boolean {
    const settle = this.changes.get(id);
    this.changes.delete(id);
    settle?.(error);
    return settle !== undefined;
  }

  /** Told to the thread with its next task: until then it needs no memory. */
  private releaseOf(id: number): () => void {
    const { released } = this;
    return () => released.push(id);
  }

  private becomeFree(): void {
    this.state = this.tasks.length === 0 ? 'idle' : 'busy';
    this.listener.onFree();
  }

  private begin(task: Task): void {
    task.startedAtMs = (this.options.nowMs ?? monotonicMs)();
    this.deadline = setTimeout(() => this.onDeadline(), this.options.jobTimeoutMs);
  }

  /** A thread answers in the order of what it was given; what comes next is in work now. */
  private take(id: number): Task | undefined {
    if (this.tasks[0]?.id !== id) return undefined;
    clearTimeout(this.deadline);
    const task = this.tasks.shift();
    const [next] = this.tasks;
    if (next !== undefined) this.begin(next);
    return task;
  }

  /** What the thread says to be in work: its answers to what was before may still be on their way, or lost with it. */
  private inWork(thread: WorkerThread | undefined): Task | undefined {
    const id = thread?.inWork();
    return this.tasks.find((task) => task.id === id) ?? this.tasks[0];
  }

  private onExit(cause: Error): void {
    if (this.state === 'starting') {
      this.startFailed(new ServiceError('ERR_WORKER_EXITED', `Cannot start a worker: ${cause.message}`, { cause }));
      return;
    }
    const message = `Cannot finish the inspection as its worker ended: ${cause.message}`;
    this.loseThread(new ServiceError('ERR_WORKER_EXITED', message, { cause }));
  }

  private onStartDeadline(thread: WorkerThread): void {
    const { startTimeoutMs } = this.options;
    this.cut(thread);
    const message = `Cannot start a worker as it must be ready within ${startTimeoutMs / 1000} s: it was not`;
    this.startFailed(new ServiceError('ERR_MODEL_LOAD', message, { details: { startTimeoutMs } }));
  }

  private onDeadline(): void {
    const jobTimeoutMs = this.options.jobTimeoutMs;
    const message = `Cannot finish the inspection as it must end within limits.jobTimeoutMs: ${jobTimeoutMs} ms are over`;
    const [first] = this.tasks;
    const current = this.inWork(this.thread);
    if (current !== undefined && current !== first) {
      this.begin(current); // this thread is late with hearing the answers, not the other one with giving them
      return;
    }
    if (this.thread) this.cut(this.thread);
    this.loseThread(new ServiceError('ERR_JOB_TIMEOUT', message, { details: { jobTimeoutMs } }));
  }

  /** Abandoned, if that does not end it in time. */
  private cut(thread: WorkerThread): void {
    if (this.options.canTerminate) thread.terminate();
    else thread.post({ type: 'stop' }); // should its call ever come back
    this.watchEnd(thread);
  }

  private watchEnd(thread: WorkerThread): void {
    const watched = settlesWithin(thread.ended, this.options.graceMs).then((ended) => {
      this.leaving.delete(watched);
      if (ended) return;
      this.listener.onAbandoned();
      void thread.ended.then(() => this.listener.onReturned());
    });
    this.leaving.add(watched);
  }

  private loseThread(error: Error): void {
    clearTimeout(this.deadline);
    const culprit = this.inWork(this.thread);
    const others = this.tasks.splice(0).filter((task) => task !== culprit);
    this.replaceThread(error);
    if (culprit) this.listener.onTaskFailed(this, culprit, error, true);
    if (others.length > 0) this.listener.onTasksReturned(others);
  }

  private replaceThread(cause: Error): void {
    this.listener.onRestart(cause);
    this.start();
  }

  private startFailed(error: Error): void {
    clearTimeout(this.deadline);
    this.state = 'backing-off';
    this.thread?.post({ type: 'stop' });
    this.thread = undefined;
    this.settleChanges();
    this.listener.onStartFailed(this, error);
    this.restart = setTimeout(() => this.start(), this.backoff.next());
  }
}
