/** What would go wrong: a candidate of another input size seems to disagree because its mask lies elsewhere. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PlacedMask } from '../../../src/domain/inspection.js';
import { overlapOf } from '../../../src/vision/mask-overlap.js';

/** A row a string; '#' is white. */
function maskOf(rows: readonly string[], placed: Partial<PlacedMask> = {}): PlacedMask {
  const width = rows[0]?.length ?? 0;
  const all = { x: 0, y: 0, width, height: rows.length };
  const mask = Uint8Array.from(rows.join(''), (pixel) => (pixel === '#' ? 255 : 0));
  return { mask, width, height: rows.length, seen: { x: 0, y: 0, width: 8, height: 8 }, content: all, ...placed };
}

const FIRST = maskOf(['##..', '##..', '....', '....']);

test('overlapOf() counts pixels of masks of one size', () => {
  assert.deepEqual(overlapOf(FIRST, maskOf(['.##.', '.##.', '....', '....'])), { both: 2, either: 6 });
  assert.deepEqual(overlapOf(FIRST, FIRST), { both: 4, either: 4 });
  assert.deepEqual(overlapOf(maskOf(['..', '..']), maskOf(['..', '..'])), { both: 0, either: 0 });
});

test('overlapOf() finds the same place in a mask of another size', () => {
  assert.deepEqual(overlapOf(FIRST, maskOf(['#.', '..'])), { both: 4, either: 4 });
  assert.deepEqual(overlapOf(maskOf(['#.', '..']), FIRST), { both: 1, either: 1 });
});

test('overlapOf() looks past the border of a letterbox', () => {
  const boxed = maskOf(['######', '######', '.##...', '.##...', '######', '######'], {
    content: { x: 1, y: 2, width: 4, height: 2 },
  });
  assert.deepEqual(overlapOf(FIRST, boxed), { both: 4, either: 8 });
});

test('overlapOf() counts as black what the second model did not see, and leaves out what the first did not', () => {
  const right = { seen: { x: 4, y: 0, width: 4, height: 8 } };
  assert.deepEqual(overlapOf(FIRST, maskOf(['##', '##'], right)), { both: 0, either: 12 });
  assert.deepEqual(overlapOf(maskOf(['##', '##'], right), FIRST), { both: 0, either: 4 });
});
