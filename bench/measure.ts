/** One measurement of one subject: load on it, and what it, the broker and the generator used meanwhile. */
import { availableParallelism } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { Bench } from './bench.js';
import type { LoadResult, LoadTask } from './load/load.js';
import { cpuMs, rssBytes, threadCpuMs } from './machine/usage.js';
import type { Subject } from './subjects/subject.js';

export interface Measurement {
  readonly load: LoadResult;
  /** CPU milliseconds a message. */
  readonly cpuMs: number;
  readonly brokerCpuMs: number;
  readonly harnessCpuMs: number;
  /** Of all cores, 0..1, by subject, broker and generator. */
  readonly usedShare: number;
  /** Of each thread of the first process, a message; the main thread first, then falling. */
  readonly threadsMs: readonly number[];
  readonly peakRssBytes: number;
  readonly medianRssBytes: number;
}

export type LoadOptions = Pick<LoadTask, 'pictures' | 'count' | 'pace' | 'hasFiltered' | 'compares'>;

/** The closed loop that keeps a subject saturated. */
export const SATURATING = { window: 16 } as const;
const SAMPLE_MS = 100;
/** Acknowledgements of the last results. */
const SETTLE_MS = 150;

export async function measure(bench: Bench, subject: Subject, options: LoadOptions): Promise<Measurement> {
  const { broker, load } = bench;
  const { topicIn, topicOut, pids } = subject;
  const [first = 0] = pids;
  const rss: number[] = [];
  const timer = setInterval(() => rss.push(rssBytes(pids)), SAMPLE_MS);
  const read = () => ({ cpu: cpuMs(pids), broker: cpuMs([broker.pid]), threads: threadCpuMs(first) });
  const before = read();
  try {
    const result = await load.run({ ...options, port: broker.port, topicIn, topicOut });
    await delay(SETTLE_MS);
    const after = read();
    const threads = [...after.threads].map(([id, used]) => ({ id, used: used - (before.threads.get(id) ?? 0) }));
    const others = threads.filter(({ id }) => id !== first).toSorted((a, b) => b.used - a.used);
    const main = threads.filter(({ id }) => id === first);
    const sorted = rss.toSorted((a, b) => a - b);
    const own = after.cpu - before.cpu;
    const brokers = after.broker - before.broker;
    return {
      load: result,
      cpuMs: own / result.done,
      brokerCpuMs: brokers / result.done,
      usedShare: (own + brokers + result.cpuMs) / (1000 * result.seconds * availableParallelism()),
      harnessCpuMs: result.cpuMs / result.done,
      threadsMs: [...main, ...others].map(({ used }) => used / result.done),
      peakRssBytes: sorted.at(-1) ?? 0,
      medianRssBytes: sorted[sorted.length >> 1] ?? 0,
    };
  } finally {
    clearInterval(timer);
  }
}

/** Enough for V8 to have compiled what a message runs through; with fewer its compiler is a part of what is measured. */
const WARM_UP = 2500;

/** Every picture twice, with every result compared to what was sent; then more, until what compiles as it runs has done so. */
export async function warmUp(
  bench: Bench,
  subject: Subject,
  pictures: readonly string[],
  count = bench.count(WARM_UP),
): Promise<void> {
  await measure(bench, subject, { pictures, count: 2 * pictures.length, pace: { window: 4 }, compares: true });
  await measure(bench, subject, { pictures, count, pace: SATURATING });
}
