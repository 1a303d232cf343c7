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
  /** `performance.now()` when it was handed in and when a worker began with it. */
  readonly queuedAtMs: number;
  startedAtMs: number;
}

/** Key of the model that the work is for; '' where there is only one and the job does not say. */
function modelOf(work: Work): string {
  return work.type === 'self-test' ? work.key : (work.job.assignments?.[0]?.model ?? '');
}

/**
 * Tasks that wait for a worker, in a line for each model. The line goes next whose model has had the least time of the
 * workers, so a model whose pictures take long does not keep those of the others waiting. One line is a plain queue.
 */
export interface FairQueue {
  readonly size: number;
  push(task: Task): void;
  /** Back to the head of its line. */
  unshift(task: Task): void;
  shift(): Task | undefined;
  /** A worker was busy with this task for so many milliseconds. */
  worked(task: Task, ms: number): void;
  /** Takes out all that waits. */
  clear(): Task[];
}

const AVERAGED_TASKS = 8;

interface Line {
  readonly tasks: Task[];
  /**
   * Time of the workers that it has had: what a task is expected to take from when it starts, and what it took when it has
   * ended. Moved up after the line was empty, as time that was not used is not saved up.
   */
  workedMs: number;
  /** Of its last tasks, the latest counting most. */
  averageMs: number;
  /** What was counted for the tasks that are running. */
  readonly expected: Map<number, number>;
}

export function createFairQueue(): FairQueue {
  const lines = new Map<string, Line>();
  let size = 0;
  /** What the line had had that went last. */
  let nowMs = 0;

  function lineOf(task: Task): Line {
    const key = modelOf(task.work);
    let line = lines.get(key);
    if (line === undefined) {
      line = { tasks: [], workedMs: nowMs, averageMs: 0, expected: new Map() };
      lines.set(key, line);
    }
    if (line.tasks.length === 0) line.workedMs = Math.max(line.workedMs, nowMs);
    size += 1;
    return line;
  }

  function next(): Line | undefined {
    let best: Line | undefined;
    for (const line of lines.values()) {
      if (line.tasks.length > 0 && (best === undefined || line.workedMs < best.workedMs)) best = line;
    }
    return best;
  }

  return {
    get size() {
      return size;
    },
    push: (task) => void lineOf(task).tasks.push(task),
    unshift(task) {
      const line = lineOf(task);
      line.tasks.unshift(task);
      line.workedMs -= line.expected.get(task.id) ?? 0;
      line.expected.delete(task.id);
    },
    shift() {
      const line = next();
      if (line === undefined) return undefined;
      size -= 1;
      nowMs = line.workedMs;
      const task = line.tasks.shift();
      if (task === undefined) return undefined;
      line.expected.set(task.id, line.averageMs);
      line.workedMs += line.averageMs;
      return task;
    },
    worked(task, ms) {
      const line = lines.get(modelOf(task.work));
      if (line === undefined) return;
      line.workedMs += ms - (line.expected.get(task.id) ?? 0);
      line.expected.delete(task.id);
      line.averageMs += (ms - line.averageMs) / AVERAGED_TASKS;
    },
    clear() {
      const tasks = [...lines.values()].flatMap((line) => line.tasks.splice(0));
      lines.clear();
      size = 0;
      return tasks;
    },
  };
}

/** The answer to an inspection, with the stage `queue` filled in. */
export function withQueueTime(
  answer: Extract<Answer, { readonly type: 'inspected' }>,
  { queuedAtMs, startedAtMs }: Task,
): Answer {
  const { inspection } = answer;
  return {
    ...answer,
    inspection: { ...inspection, stagesMs: { ...inspection.stagesMs, queue: startedAtMs - queuedAtMs } },
  };
}
