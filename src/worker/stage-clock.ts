/** How long each stage of one picture took. */
import { performance } from 'node:perf_hooks';
import type { Stage } from '../domain/inspection.js';

export interface StageClock {
  readonly stagesMs: Partial<Record<Stage, number>>;
  /** The stage that has run since the last `end` is over. */
  end(stage: Stage): void;
  /** Milliseconds from the start to the end of `stage`. */
  sinceStart(stage: Stage): number;
}

export function startClock(): StageClock {
  const startedAt = performance.now();
  const stagesMs: Partial<Record<Stage, number>> = {};
  const endedAt = new Map<Stage, number>();
  let last = startedAt;
  return {
    stagesMs,
    end(stage) {
      const now = performance.now();
      stagesMs[stage] = now - last;
      endedAt.set(stage, now);
      last = now;
    },
    sinceStart: (stage) => (endedAt.get(stage) ?? startedAt) - startedAt,
  };
}
