import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDefectHistory } from '../../../src/telemetry/defect-history.js';

/** Three slots of 10 s, and the clock to set. */
function setting() {
  const clock = { ms: 1_000_000 };
  return { clock, history: createDefectHistory({ slotSeconds: 10, slots: 3, nowMs: () => clock.ms }) };
}

test('DefectHistory counts pictures, those with defects, and their defects in the running slot', () => {
  const { history } = setting();
  for (const defects of [0, 2, 5]) history.add(defects);
  const { pictures, defective, defects } = history.snapshot();
  assert.deepEqual({ pictures, defective, defects }, { pictures: [0, 0, 3], defective: [0, 0, 2], defects: [0, 0, 7] });
});

test('DefectHistory moves on with the time, also where nothing was inspected', () => {
  const { clock, history } = setting();
  history.add(1);
  clock.ms += 20_000;
  history.add(0);
  assert.deepEqual(history.snapshot().pictures, [1, 0, 1]);
});

test('DefectHistory forgets what is older than its slots, although the ring still holds it', () => {
  const { clock, history } = setting();
  history.add(1);
  clock.ms += 30_000;
  assert.deepEqual(history.snapshot().pictures, [0, 0, 0]);
});

test('DefectHistory.snapshot() says when its last slot began', () => {
  const { clock, history } = setting();
  clock.ms += 9_999;
  assert.equal(history.snapshot().lastSlotAtMs, 1_000_000);
});
