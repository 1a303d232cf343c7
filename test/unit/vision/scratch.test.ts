import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createScratch } from '../../../src/vision/scratch.js';

describe('take()', () => {
  it('gives exactly the size that is asked for', () => {
    const scratch = createScratch();
    scratch.take(100);
    assert.equal(scratch.take(10).length, 10);
  });

  it('gives the same memory again', () => {
    const scratch = createScratch();
    assert.equal(scratch.take(100).buffer, scratch.take(50).buffer);
  });

  it('does not keep a buffer above the limit', () => {
    const scratch = createScratch(64);
    const large = scratch.take(65);
    assert.notEqual(scratch.take(65).buffer, large.buffer);
  });
});
