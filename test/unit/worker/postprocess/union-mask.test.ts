import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pictureTransform } from '../../../../src/worker/postprocess/picture-transform.js';
import { createPlainPixelOps } from '../../../../src/vision/pixel-ops.js';
import { createUnionPainter } from '../../../../src/worker/postprocess/union-mask.js';

const INPUT = { width: 4, height: 4 };
/** A picture of 8 × 4 in the middle of the input: a row of border above and below. */
const VIEW = {
  picture: { width: 8, height: 4 },
  seen: { x: 0, y: 0, width: 8, height: 4 },
  content: { x: 0, y: 1, width: 4, height: 2 },
};
const full = (x: number, y: number, width: number, height: number) => {
  return { x, y, width, height, data: new Uint8Array(width * height).fill(255) };
};
const rowsOf = (mask: Uint8Array) => {
  return Array.from({ length: 4 }, (_, y) => [...mask.subarray(4 * y, 4 * y + 4)].map((v) => (v ? '#' : '.')).join(''));
};

describe('createUnionPainter() in pixels of the input', () => {
  it('paints nothing outside of the picture, and tells the fraction of it that is white, overlaps once', () => {
    const [painter, mask] = [createUnionPainter('input', createPlainPixelOps()), new Uint8Array(16).fill(7)];
    painter.clear(VIEW, INPUT, mask);
    painter.paint(full(-1, 0, 3, 2));
    painter.paint(full(1, 1, 2, 1));
    assert.equal(painter.area(), 3 / 8);
    painter.finish();
    assert.deepEqual(rowsOf(mask), ['....', '###.', '....', '....']);
  });

  it('fills boxes where the middle of a pixel lies in them', () => {
    const [painter, mask] = [createUnionPainter('input', createPlainPixelOps()), new Uint8Array(16)];
    painter.clear(VIEW, INPUT, mask);
    painter.fillBox(Float64Array.of(0.6, 0, 2.5, 1.6), 0);
    painter.fillBox(Float64Array.of(3, 3, 1, 1), 0);
    assert.deepEqual(rowsOf(mask), ['....', '.#..', '....', '....']);
  });

  it('begins anew with each picture', () => {
    const [painter, mask] = [createUnionPainter('input', createPlainPixelOps()), new Uint8Array(16)];
    for (const patches of [[full(0, 1, 4, 2)], []]) {
      painter.clear(VIEW, INPUT, mask);
      for (const patch of patches) painter.paint(patch);
    }
    assert.deepEqual([painter.area(), rowsOf(mask)], [0, ['....', '....', '....', '....']]);
  });
});

describe('createUnionPainter() in pixels of the picture', () => {
  it('brings what was painted to the size of the input', () => {
    const [painter, mask] = [createUnionPainter('picture', createPlainPixelOps()), new Uint8Array(16)];
    painter.clear(VIEW, INPUT, mask);
    painter.paint(full(4, 0, 10, 2));
    assert.equal(painter.area(), 8 / 32);
    painter.finish();
    assert.deepEqual(rowsOf(mask), ['....', '..##', '....', '....']);
  });
});

describe('pictureTransform()', () => {
  // 331 × 247 into 160 × 160: the rounded side is 119, that before rounding 119.4, the border 20 or 20.3.
  const input = { width: 160, height: 160 };
  const placement = {
    seen: { x: 0, y: 0, width: 331, height: 247 },
    content: { x: 0, y: 20, width: 160, height: 119 },
  };
  for (const [kind, offsetY, scaleY] of [
    ['sides', 20, 247 / 119],
    ['scale', 20, 331 / 160],
    ['exact', (160 - 247 / (331 / 160)) / 2, 331 / 160],
  ] as const) {
    it(`takes a letterbox off by ${kind}`, () => {
      const transform = pictureTransform(kind, placement, input);
      assert.deepEqual(transform, { offsetX: 0, offsetY, scaleX: 331 / 160, scaleY });
    });
  }

  it('maps a stretched picture by each axis, whatever the kind', () => {
    const stretched = { ...placement, content: { x: 0, y: 0, width: 160, height: 160 } };
    const expected = { offsetX: 0, offsetY: 0, scaleX: 331 / 160, scaleY: 247 / 160 };
    for (const kind of ['sides', 'scale', 'exact'] as const) {
      assert.deepEqual(pictureTransform(kind, stretched, input), expected);
    }
  });
});
