import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createAloneShare } from '../../../src/pool/alone-share.js';

function shareWith() {
  const changes: boolean[] = [];
  const share = createAloneShare((isWanted) => changes.push(isWanted));
  const note = (isAlone: boolean, times: number) => {
    for (let n = 0; n < times; n += 1) share.note(isAlone);
  };
  return { changes, note };
}

describe('createAloneShare()', () => {
  it('waits for five pictures', () => {
    const { changes, note } = shareWith();
    note(true, 4);
    assert.deepEqual(changes, []);
    note(true, 1);
    assert.deepEqual(changes, [true]);
  });

  it('wants nothing while all cores are busy, though now and then a picture is alone', () => {
    const { changes, note } = shareWith();
    note(false, 20);
    for (let n = 0; n < 50; n += 1) {
      note(true, 1);
      note(false, 49);
    }
    assert.deepEqual(changes, []);
  });

  it('is told once that it pays no more, after hundreds of pictures without one that was alone', () => {
    const { changes, note } = shareWith();
    note(true, 1000);
    note(false, 800);
    assert.deepEqual(changes, [true]);
    note(false, 1000);
    assert.deepEqual(changes, [true, false]);
  });

  it('keeps it while one picture of thirty is alone', () => {
    const { changes, note } = shareWith();
    note(true, 10);
    for (let n = 0; n < 50; n += 1) {
      note(false, 29);
      note(true, 1);
    }
    assert.deepEqual(changes, [true]);
  });

  it('wants it again soon when the load is over', () => {
    const { changes, note } = shareWith();
    note(true, 10);
    note(false, 3000);
    note(true, 12);
    assert.deepEqual(changes, [true, false, true]);
  });
});
