/**
 * The pool of worker threads, main-thread side. Ready means: every worker has its model and passed its self-test. A job
 * that fails with a `retry` code, hangs or kills its worker is tried once more on a fresh worker; the others are untouched. A
 * worker that fails a self-test is replaced, too.
 */

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { WorkerState } from '../domain/closed-sets.js';
import type { Inspection, Job } from '../domain/inspection.js';
import { type RuleSpec, ruleKey } from '../domain/rule.js';
import type { SharedModel } from '../engine/engine.js';
import { toError } from '../std/errors.js';
import { deferred } from '../std/promises.js';
import type { CountedMasks } from '../worker/protocol/one-shot.js';
import type { Change, ModelHandle } from '../worker/protocol/worker.js';
import { createAloneShare } from './alone-share.js';
import { isWrong, mayRetry } from './failure.js';
import { createPace } from './pace.js';
import { type Answer, createFairQueue, type Task, type Work, withQueueTime } from './queue.js';
import { Slot } from './slot.js';
import { slotForNext } from './slot-for-next.js';
import { monotonicMs, type SlotOptions } from './slot-options.js';

export interface PoolListener {
  /** A worker was replaced. */
  onRestart(cause: Error): void;
  /** A worker cannot start; it is tried again until it can. */
  onStartFailed(error: Error): void;
  /** So many threads could not be cut and are still running; called again when one of them ends after all. */
  onAbandoned(count: number): void;
  /** A worker goes on with less than it was given. */
  onWarning(error: Error): void;
  onChange(status: PoolStatus): void;
  /** Pictures are alone often enough for a second compilation to pay, or no more. At first they are not. */
  onLatencyWanted?(isWanted: boolean): void;
}

export interface PoolOptions extends Omit<SlotOptions, 'models'> {
  readonly count: number;
  /** Inferences that run side by side: of small jobs no more workers take some. Absent: as many as workers. */
  readonly streams?: number;
  /** The first ones, when they are compiled. */
  readonly models: Promise<readonly ModelHandle[]>;
}

/** Workers by state; the label set of flawline_workers. */
export type PoolStatus = Readonly<Record<WorkerState, number>>;

export interface Pool {
  /** Resolves when every worker is ready. @throws the first start's error of the first worker that cannot start */
  start(): Promise<void>;
  /**
   * Resolves to the finished inspection, with the stage `queue` filled in. `beforeStart` is called right before a worker gets
   * the job, at each attempt; if it throws, no worker gets it and that is what `run` throws. @throws {ServiceError}
   */
  run(job: Job, beforeStart?: () => void): Promise<Inspection>;
  /** From now on pictures that are alone are inferred by this compilation of the model. */
  enableLatencyMode(key: string, shared: SharedModel): void;
  /** Resolves when no worker uses the second compilation of the model any more. */
  disableLatencyMode(key: string): Promise<void>;
  /**
   * Inspects the model's self-test picture on one worker. Resolves to what was counted, if the model has such a picture.
   * @throws {ServiceError} ERR_SELF_TEST; the worker is replaced then
   */
  selfTest(key: string): Promise<CountedMasks | undefined>;
  /** Opens one more model in every worker. @throws {ServiceError} when one of them refuses it: no worker has it then */
  addModel(model: ModelHandle): Promise<void>;
  /** Resolves when no worker holds the model any more. No job of it may be waiting or running. */
  removeModel(key: string): Promise<void>;
  /** Gives every worker further rules of a model. @throws {ServiceError} when one of them refuses: no worker has them then */
  addRules(key: string, rules: readonly RuleSpec[]): Promise<void>;
  /** @param rules keys of rules that no job is judged by any more */
  dropRules(key: string, rules: readonly string[]): Promise<void>;
  /** The models that a worker which starts now gets, with all of their rules. */
  models(): Promise<readonly ModelHandle[]>;
  /** Whether no job waits, and at least half of the workers have nothing to do. */
  hasSpareTime(): boolean;
  status(): PoolStatus;
  /** Ends every worker; jobs still waiting are rejected. Resolves to the number of threads that did not end. */
  close(): Promise<number>;
}

const MAX_ATTEMPTS = 2;

export function createPool(options: PoolOptions, listener: PoolListener): Pool {
  const { nowMs = monotonicMs } = options;
  const waiting = createFairQueue();
  const pace = createPace({ count: options.count, streams: options.streams ?? options.count });
  const models = options.models.then((loaded) => new Map(loaded.map((model) => [model.setup.key, model])));
  models.catch(() => undefined); // told by the one who compiles
  /** Second tries, each kept for the fresh worker of the slot that failed it. */
  const retries = new Map<Slot, Task>();
  const slots: Slot[] = [];
  let nextId = 0;
  let abandoned = 0;
  let closed = false;
  const started = deferred();
  const aloneShare = createAloneShare((isWanted) => listener.onLatencyWanted?.(isWanted));

  const slotListener = {
    onFree() {
      pump();
      if (slots.every((each) => each.state === 'idle' || each.state === 'busy')) started.resolve();
      listener.onChange(status());
    },
    onTaskFailed(slot: Slot, task: Task, error: Error, threadLost: boolean) {
      worked(task);
      if (!mayRetry(error) || task.attempt >= MAX_ATTEMPTS) {
        task.reject(error);
        if (isWrong(error) && !threadLost) slot.recycle(error);
        return;
      }
      task.attempt += 1;
      retries.set(slot, task);
      if (!threadLost) slot.recycle(error);
    },
    onTasksReturned(tasks: readonly Task[]) {
      for (const task of tasks.toReversed()) waiting.unshift(task);
      pump();
    },
    onRestart(cause: Error) {
      listener.onRestart(cause);
      listener.onChange(status());
    },
    onStartFailed(slot: Slot, error: Error) {
      const retry = retries.get(slot);
      retries.delete(slot);
      if (retry) waiting.unshift(retry); // any other worker may take it
      started.reject(error);
      listener.onStartFailed(error);
      listener.onChange(status());
      pump();
    },
    onAbandoned() {
      abandoned += 1;
      listener.onAbandoned(abandoned);
      listener.onChange(status());
    },
    onWarning: listener.onWarning,
    onReturned() {
      abandoned -= 1;
      listener.onAbandoned(abandoned);
      listener.onChange(status());
    },
  };
  const currentModels = async () => [...(await models).values()];
  for (let i = 0; i < options.count; i += 1) slots.push(new Slot({ ...options, models: currentModels }, slotListener));

  function start(slot: Slot, task: Task): void {
    try {
      task.beforeStart();
    } catch (error) {
      task.reject(toError(error));
      return;
    }
    const mode = task.attempt === 1 && isAlone() ? 'latency' : 'throughput';
    if (task.work.type === 'inspect') aloneShare.note(mode === 'latency');
    slot.run(task, mode);
  }

  /** Nothing else waits or is in work: the cores have nothing better to do. A second try is made as all others are. */
  function isAlone(): boolean {
    return waiting.size + retries.size === 0 && slots.every(({ load }) => load === 0);
  }

  function pump(): void {
    for (const [slot, task] of retries) {
      if (slot.state !== 'idle') continue;
      retries.delete(slot);
      start(slot, task);
    }
    while (waiting.size > 0) {
      const slot = slotForNext(slots, pace, nowMs());
      const task = slot && waiting.shift();
      if (!slot || !task) return;
      start(slot, task);
    }
  }

  function worked(task: Task): void {
    const ms = nowMs() - task.startedAtMs;
    waiting.worked(task, ms);
    pace.worked(ms);
  }

  /** Once for each message and once for its answer: one pass, and one object. */
  function status(): PoolStatus {
    const counts = { starting: 0, idle: 0, busy: 0, failed: 0, abandoned };
    for (const { state } of slots) counts[state === 'backing-off' || state === 'stopped' ? 'failed' : state] += 1;
    return counts;
  }

  function submit(work: Work, beforeStart: () => void): Promise<Answer> {
    if (closed) return Promise.reject(new Error('the pool is closed'));
    return new Promise((resolve, reject) => {
      const now = nowMs();
      const task: Task = {
        id: nextId++,
        work,
        beforeStart,
        attempt: 1,
        queuedAtMs: now,
        startedAtMs: now,
        reject,
        resolve(answer) {
          worked(task);
          resolve(answer.type === 'inspected' ? withQueueTime(answer, task) : answer);
        },
      };
      waiting.push(task);
      pump();
      listener.onChange(status());
    });
  }

  async function update(key: string, change: (model: ModelHandle) => ModelHandle): Promise<void> {
    const known = await models;
    const model = known.get(key);
    if (model !== undefined) known.set(key, change(model));
  }

  async function updateRules(key: string, change: (rules: readonly RuleSpec[]) => readonly RuleSpec[]): Promise<void> {
    await update(key, (model) => ({ ...model, setup: { ...model.setup, rules: change(model.setup.rules) } }));
  }

  /** @throws the first refusal, when every worker has answered */
  async function changeAll(change: Change): Promise<void> {
    const answers = await Promise.allSettled(slots.map((slot) => slot.change(nextId++, change)));
    const refusal = answers.find((answer) => answer.status === 'rejected');
    if (refusal !== undefined) throw refusal.reason;
  }

  async function dropRules(key: string, rules: readonly string[]): Promise<void> {
    await updateRules(key, (given) => given.filter((rule) => !rules.includes(ruleKey(rule))));
    await changeAll({ type: 'drop-rules', key, rules });
  }

  return {
    async start() {
      for (const slot of slots) slot.start();
      await started.promise;
    },
    async run(job, beforeStart = () => undefined) {
      const answer = await submit({ type: 'inspect', job }, beforeStart);
      if (answer.type !== 'inspected') throw new Error('a worker answered a job with a self-test');
      return answer.inspection;
    },
    enableLatencyMode(key, shared) {
      void update(key, (model) => ({ ...model, latency: shared }));
      for (const slot of slots) slot.enableLatencyMode(key, shared);
    },
    async disableLatencyMode(key) {
      await update(key, ({ latency: _, ...model }) => model);
      await nextTurn(); // a thread that is being given the models of before has them then, and is told, too
      await changeAll({ type: 'drop-latency-mode', key });
    },
    models: currentModels,
    async addModel(model) {
      const { key } = model.setup;
      (await models).set(key, model);
      try {
        await changeAll({ type: 'add-model', model });
      } catch (error) {
        (await models).delete(key);
        await changeAll({ type: 'remove-model', key });
        throw error;
      }
    },
    async removeModel(key) {
      (await models).delete(key);
      await changeAll({ type: 'remove-model', key });
    },
    async addRules(key, rules) {
      await updateRules(key, (given) => [...given, ...rules]);
      try {
        await changeAll({ type: 'add-rules', key, rules });
      } catch (error) {
        await dropRules(key, rules.map(ruleKey));
        throw error;
      }
    },
    dropRules,
    async selfTest(key) {
      const answer = await submit({ type: 'self-test', key }, () => undefined);
      return answer.type === 'self-tested' ? answer.counted : undefined;
    },
    hasSpareTime: () =>
      waiting.size + retries.size === 0 && slots.every(({ load }) => load <= 1) && 2 * status().idle >= slots.length,
    status,
    async close() {
      closed = true;
      const lost = [...waiting.clear(), ...retries.values()];
      retries.clear();
      for (const task of lost) task.reject(new Error('the pool was closed'));
      const ended = await Promise.all(slots.map((slot) => slot.stop()));
      return abandoned + ended.filter((inTime) => !inTime).length;
    },
  };
}
