import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRowDecoder } from '../../../../src/worker/postprocess/decode-yolo.js';
import { createObjectFinder } from '../../../../src/worker/postprocess/objects.js';

const SIZE = { width: 10, height: 10 };
const PLACEMENT = { seen: { x: 0, y: 0, ...SIZE }, content: { x: 0, y: 0, ...SIZE } };

function find(rows: readonly number[], isRounded = false) {
  const finder = createObjectFinder({
    classCount: 2,
    decode: createRowDecoder({ rowLength: 6, threshold: 0.5 }),
    suppress: { iouThreshold: undefined, isPerClass: true, maxCandidates: 100, maxObjects: 10 },
    hasPixelBorder: false,
    mapping: 'sides',
    isRounded,
    masks: undefined,
    needsMask: false,
  });
  return finder.find({ outputs: [Float32Array.from(rows)], input: SIZE, picture: SIZE }, PLACEMENT);
}

describe('createObjectFinder()', () => {
  it('keeps boxes inside of the picture', () => {
    assert.deepEqual([...find([-3, 2, 14, 8, 0.75, 1]).boxes.subarray(0, 4)], [0, 2, 10, 8]);
  });

  it('rounds to even neighbours where the family does, and leaves out what then covers at most a pixel', () => {
    const objects = find([0.5, 1.5, 4, 6, 0.75, 1, 2, 2, 3, 3, 0.6, 0], true);
    assert.deepEqual([objects.count, [...objects.boxes.subarray(0, 4)]], [1, [0, 2, 4, 6]]);
  });

  it('refuses an object whose class has no name, and says which', () => {
    assert.throws(() => find([0, 0, 5, 5, 0.75, 2]), {
      code: 'ERR_INFERENCE',
      message: /every class must have a name: there are 2, and the model found number 2$/,
    });
  });

  it('takes a negative class for the background, and an unnamed one below the threshold for nothing', () => {
    assert.equal(find([0, 0, 5, 5, 0.75, -1, 0, 0, 5, 5, 0.25, 7]).count, 0);
  });
});
