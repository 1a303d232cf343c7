/** The load generator, a process of its own: publisher and collector. Takes a LoadTask by IPC, answers with a LoadResult. */

import { readFileSync } from 'node:fs';
import { messageOf } from '../../src/std/errors.js';
import { type MachineTime, machineTime } from '../machine/usage.js';
import type { LoadResult, LoadTask } from './load.js';
import { originIn, seqAt, tagMessages } from './tagged-message.js';
import { connectWire } from './wire.js';

/** Between these shares of the results the rate and the busy share are taken: neither filling nor draining counts. */
const INNER = [0.1, 0.9] as const;
const DEADLINE_MS = 20_000;

interface Mark {
  readonly atMs: number;
  readonly machine: MachineTime;
}

let nextSeq = 1;

process.on('message', (task: LoadTask) => {
  void run(task).then(
    (result) => process.send?.(result),
    (error: unknown) => process.send?.({ error: messageOf(error) }),
  );
});

async function run(task: LoadTask): Promise<LoadResult> {
  const messages = tagMessages(task.pictures.map((path) => readFileSync(path)));
  const firstSeq = task.pictures.length * Math.ceil(nextSeq / task.pictures.length); // the first message has the first picture
  nextSeq = firstSeq + task.count;
  const dueAt = new Float64Array(task.count);
  const latenciesMs: number[] = [];
  const seen = new Set<number>();
  const marks: Mark[] = [];
  const markAt = INNER.map((share) => Math.round(share * task.count));
  let sent = 0;
  let done = 0;
  let wrong = 0;
  let lastAt = performance.now();
  let wake = (): void => undefined;

  const collector = await connectWire(task.port, `bench-collector-${process.pid}-${firstSeq}`, (result) => {
    const now = performance.now();
    const at = originIn(result);
    const seq = at === undefined ? undefined : seqAt(result, at);
    const index = (seq ?? -1) - firstSeq;
    if (at === undefined || seq === undefined || index < 0 || index >= sent || seen.has(index)) {
      wrong += 1;
      return;
    }
    if (task.compares) {
      const origin = messages.origin(seq);
      if (!result.subarray(at, at + origin.length).equals(origin) || result[at + origin.length] !== 0x22) wrong += 1;
    }
    seen.add(index);
    lastAt = now;
    latenciesMs.push(now - (dueAt[index] ?? 0));
    // Results of one topic keep the order of arrival: one that is filtered is done before a later one is published.
    done = task.hasFiltered ? Math.max(done, index + 1) : done + 1;
    while (marks.length < markAt.length && done >= (markAt[marks.length] ?? 0))
      marks.push({ atMs: now, machine: machineTime() });
    wake();
  });
  await collector.subscribe(task.topicOut);
  const publisher = await connectWire(task.port, `bench-publisher-${process.pid}-${firstSeq}`);
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();

  function send(due: number): void {
    dueAt[sent] = due;
    publisher.publish(task.topicIn, messages.parts(firstSeq + sent));
    sent += 1;
  }

  /** Resolves at the next result, or when `ms` are over. */
  const nextResult = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  const isOver = () => done >= task.count || performance.now() - lastAt > DEADLINE_MS;
  if ('window' in task.pace) {
    while (!isOver()) {
      while (sent < task.count && sent - done < task.pace.window) send(performance.now());
      if (done < task.count) await nextResult(1000);
    }
  } else {
    for (const dueMs of task.pace.dueMs) {
      const waitMs = startedAt + dueMs - performance.now();
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
      send(startedAt + dueMs);
    }
    lastAt = performance.now();
    while (!isOver()) await nextResult(1000);
  }
  const cpu = process.cpuUsage(cpuBefore);
  publisher.close();
  collector.close();
  return {
    done,
    results: seen.size,
    wrong,
    seconds: (lastAt - startedAt) / 1000,
    ...middle(marks, task.count * (INNER[1] - INNER[0])),
    latenciesMs: latenciesMs.sort((a, b) => a - b),
    cpuMs: (cpu.user + cpu.system) / 1000,
  };
}

function middle([first, last]: readonly Mark[], count: number): { perSecond: number; busyShare: number } {
  if (!first || !last) return { perSecond: Number.NaN, busyShare: Number.NaN };
  const total = last.machine.total - last.machine.stolen - first.machine.total + first.machine.stolen;
  return {
    perSecond: (1000 * count) / (last.atMs - first.atMs),
    busyShare: (last.machine.busy - first.machine.busy) / total,
  };
}
