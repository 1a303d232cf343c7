import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { onceInProcess } from '../../../src/imaging/sharp.js';

describe('onceInProcess()', () => {
  it('does the work at the first call only', () => {
    const latch = new SharedArrayBuffer(4);
    let times = 0;
    for (let call = 0; call < 3; call += 1) onceInProcess(latch, () => (times += 1));
    assert.equal(times, 1);
  });

  it('does the work for each latch', () => {
    let times = 0;
    for (let call = 0; call < 3; call += 1) onceInProcess(new SharedArrayBuffer(4), () => (times += 1));
    assert.equal(times, 3);
  });

  // A worker may be cut in the middle of it; the others would wait for ever.
  it('does the work again when the thread that had begun it is gone', () => {
    const latch = new SharedArrayBuffer(4);
    let times = 0;
    const cut = () => {
      throw new Error('cut');
    };
    assert.throws(() => onceInProcess(latch, cut));
    onceInProcess(latch, () => (times += 1));
    assert.equal(times, 1);
  });
});
