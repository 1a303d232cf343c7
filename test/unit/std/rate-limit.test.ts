import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRateLimit } from '../../../src/std/rate-limit.js';

describe('createRateLimit()', () => {
  it('allows a burst, then so many a second', () => {
    let nowMs = 0;
    const isAllowed = createRateLimit({ burst: 3, perSecond: 4 }, () => nowMs);
    assert.deepEqual([isAllowed(), isAllowed(), isAllowed(), isAllowed()], [true, true, true, false]);
    nowMs += 250;
    assert.deepEqual([isAllowed(), isAllowed()], [true, false]);
  });

  it('saves up no more than a burst', () => {
    let nowMs = 0;
    const isAllowed = createRateLimit({ burst: 2, perSecond: 4 }, () => nowMs);
    nowMs += 60_000;
    assert.deepEqual([isAllowed(), isAllowed(), isAllowed()], [true, true, false]);
  });
});
