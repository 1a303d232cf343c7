/** The antialiased resize against Pillow's own, byte for byte. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { createAntialiasedResizer } from '../../src/vision/antialiased-resize.js';
import type { Image } from '../../src/vision/image.js';
import { shorterEdgeCrop } from '../../src/vision/letterbox.js';

const file = new URL('../../../test/vectors/pillow/expected.json', import.meta.url);
const { cases, whole } = JSON.parse(readFileSync(file, 'utf8')) as {
  readonly cases: readonly {
    readonly width: number;
    readonly height: number;
    readonly side: number;
    readonly sha256: string;
  }[];
  readonly whole: readonly {
    readonly width: number;
    readonly height: number;
    readonly to: { readonly width: number; readonly height: number };
    readonly colour: string;
    readonly grey: string;
  }[];
};

/** As make_vectors.py makes it. */
function picture(width: number, height: number): Image {
  const data = Uint8Array.from({ length: 3 * width * height }, (_, i) => {
    const [channel, x, y] = [i % 3, Math.floor(i / 3) % width, Math.floor(i / 3 / width)];
    return (x * 7 + y * 13 + channel * 50 + x * y) % 256;
  });
  return { width, height, channels: 3, data };
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

describe('createAntialiasedResizer()', () => {
  const resizer = createAntialiasedResizer(); // one for all: it keeps what it made for the last size
  for (const { width, height, side, sha256: expected } of [...cases, ...cases.slice(0, 1)]) {
    it(`gives Pillow's bytes of ${width}×${height} for ${side}×${side}`, () => {
      const target: Image = { width: side, height: side, channels: 3, data: new Uint8Array(3 * side * side) };
      const { scaled, crop } = shorterEdgeCrop({ width, height }, side);
      resizer.resize(picture(width, height), scaled, crop, target);
      assert.equal(sha256(target.data), expected);
    });
  }

  for (const { width, height, to, colour, grey } of whole) {
    const crop = { x: 0, y: 0, ...to };
    const pixels = to.width * to.height;

    it(`gives Pillow's bytes of ${width}×${height} brought to ${to.width}×${to.height}`, () => {
      const target: Image = { ...to, channels: 3, data: new Uint8Array(3 * pixels) };
      resizer.resize(picture(width, height), to, crop, target);
      assert.equal(sha256(target.data), colour);
    });

    it(`gives them of ${width}×${height} in grey`, () => {
      const data = picture(width, height).data.filter((_, i) => i % 3 === 0);
      const target: Image = { ...to, channels: 1, data: new Uint8Array(pixels) };
      resizer.resize({ width, height, channels: 1, data }, to, crop, target);
      assert.equal(sha256(target.data), grey);
    });
  }
});
