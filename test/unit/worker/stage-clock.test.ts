import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startClock } from '../../../src/worker/stage-clock.js';

test('startClock() adds up the times of a stage that runs twice', () => {
  let nowMs = 0;
  const clock = startClock(() => nowMs);
  for (const [stage, tookMs] of [
    ['infer', 3],
    ['segment', 1],
    ['infer', 5],
  ] as const) {
    nowMs += tookMs;
    clock.end(stage);
  }
  assert.deepEqual(clock.stagesMs, { infer: 8, segment: 1 });
  assert.equal(clock.sinceStart('infer'), 9);
});
