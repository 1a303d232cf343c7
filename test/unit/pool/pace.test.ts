import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createPace, type Pace } from '../../../src/pool/pace.js';

const JUDGED_JOBS = 32;
const seen = ({ workers, depth }: Pace) => ({ workers, depth });
function work(pace: Pace, ms: number): void {
  for (let n = 0; n < JUDGED_JOBS; n += 1) pace.worked(ms);
}

describe('createPace()', () => {
  it('uses every worker, one job each, until work is known to be small', () => {
    const pace = createPace({ count: 3, streams: 2 });
    for (let n = 1; n < JUDGED_JOBS; n += 1) pace.worked(1);
    assert.deepEqual(seen(pace), { workers: 3, depth: 1 });
    pace.worked(1);
    assert.deepEqual(seen(pace), { workers: 2, depth: 2 });
  });

  it('judges by the median: a few large jobs among small ones change nothing', () => {
    const pace = createPace({ count: 3, streams: 2 });
    for (let n = 0; n < JUDGED_JOBS; n += 1) pace.worked(n % 4 === 0 ? 1_000 : 1);
    assert.deepEqual(seen(pace), { workers: 2, depth: 2 });
  });

  it('goes back when work has grown well beyond small, and not before', () => {
    const pace = createPace({ count: 3, streams: 2 });
    work(pace, 1);
    work(pace, 10);
    assert.deepEqual(seen(pace), { workers: 2, depth: 2 });
    work(pace, 30);
    assert.deepEqual(seen(pace), { workers: 3, depth: 1 });
    work(pace, 10);
    assert.deepEqual(seen(pace), { workers: 3, depth: 1 });
  });

  it('never uses more workers than there are', () => {
    const pace = createPace({ count: 1, streams: 4 });
    work(pace, 1);
    assert.equal(pace.workers, 1);
  });
});
