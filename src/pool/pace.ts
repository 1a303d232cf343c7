/**
 * How many workers take jobs side by side, and how many each is given ahead. A worker more than inferences side by side decodes
 * while the others infer. With small work there is nothing to gain by it: a third thread compiles the same code once more
 * and takes the caches of the others, while each of them sleeps after every picture until the main thread has the next for it. So
 * then as many workers as streams are used, and each has a job ahead.
 */
export interface Pace {
  /** How long a worker was busy with a job. */
  worked(ms: number): void;
  /** Workers that are given jobs side by side, while none of their jobs takes long. */
  readonly workers: number;
  /** Jobs that one may have, with that in work. */
  readonly depth: number;
  /** Whether a job that is in work for so many milliseconds keeps its worker from being counted on. */
  isLong(ms: number): boolean;
}

export interface PaceOptions {
  readonly count: number;
  /** Inferences that run side by side. */
  readonly streams: number;
}

/** The median of so many jobs decides. */
const JUDGED_JOBS = 32;
/** Wall time: on busy cores a picture of 20 KB with a tiny model takes three times what it takes alone. */
const SMALL_BELOW_MS = 8;
/** So far above that it does not go to and fro: with fewer workers side by side each job takes less time. */
const LARGE_ABOVE_MS = 12;
const DEPTH = 2;

export function createPace({ count, streams }: PaceOptions): Pace {
  const tookMs = new Float64Array(JUDGED_JOBS);
  let judged = 0;
  let isSmall = false;

  return {
    worked(ms) {
      tookMs[judged] = ms;
      judged = (judged + 1) % JUDGED_JOBS;
      if (judged > 0) return;
      const median = tookMs.toSorted()[JUDGED_JOBS >> 1] ?? 0;
      isSmall = median < (isSmall ? LARGE_ABOVE_MS : SMALL_BELOW_MS);
    },
    get workers() {
      return isSmall ? Math.min(count, streams) : count;
    },
    get depth() {
      return isSmall ? DEPTH : 1;
    },
    isLong: (ms) => ms > LARGE_ABOVE_MS,
  };
}
