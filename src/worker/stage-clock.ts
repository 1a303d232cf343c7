/** How long each stage of one picture took. */
import { performance } from 'node:perf_hooks';
import type { Stage } from '../domain/inspection.js';

export interface StageClock {
  readonly stagesMs: Partial<Record<Stage, number>>;
  /** The stage that has run since the last `end` is over; a stage that runs again adds to its time. */
  end(stage: Stage): void;
  /** Milliseconds from the start to the end of `stage`. */
  sinceStart(stage: Stage): number;
}

/** @param nowMs a clock that never goes back */
export function startClock(nowMs: () => number = () => performance.now()): StageClock {
  const startedAt = nowMs();
  const stagesMs: Partial<Record<Stage, number>> = {};
  const endedAt = new Map<Stage, number>();
  let last = startedAt;
  return {
    stagesMs,
    end(stage) {
      const now = nowMs();
      stagesMs[stage] = (stagesMs[stage] ?? 0) + now - last;
      endedAt.set(stage, now);
      last = now;
    },
    sinceStart: (stage) => (endedAt.get(stage) ?? startedAt) - startedAt,
  };
}
