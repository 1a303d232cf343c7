import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Image } from '../../../src/vision/image.js';
import { writePair } from '../../../src/vision/pixel-ops.js';
import { blankImage } from '../../support/pictures/bgr.js';

describe('writePair()', () => {
  it('puts the picture left of the mask, row by row', () => {
    const image: Image = { width: 1, height: 2, channels: 3, data: Uint8Array.of(1, 2, 3, 4, 5, 6) };
    const pair = blankImage(2, 2, 3);
    writePair(image, Uint8Array.of(255, 0), pair);
    assert.deepEqual([...pair.data], [1, 2, 3, 255, 255, 255, 4, 5, 6, 0, 0, 0]);
  });

  it('spreads a grey picture over three channels', () => {
    const image: Image = { width: 2, height: 1, channels: 1, data: Uint8Array.of(8, 9) };
    const pair = blankImage(4, 1, 3);
    writePair(image, Uint8Array.of(0, 255), pair);
    assert.deepEqual([...pair.data], [8, 8, 8, 9, 9, 9, 0, 0, 0, 255, 255, 255]);
  });

  it('refuses a pair of another size', () => {
    assert.throws(() => writePair(blankImage(2, 2, 3), new Uint8Array(4), blankImage(2, 2, 3)), RangeError);
  });
});
