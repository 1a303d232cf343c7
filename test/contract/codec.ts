import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import type { Size } from '../../src/domain/size.js';
import type { Codec } from '../../src/imaging/codec.js';
import type { PictureFormat } from '../../src/imaging/formats.js';
import { ServiceError } from '../../src/std/errors.js';
import type { Image } from '../../src/vision/image.js';
import { bgrBytes, blankImage } from '../support/pictures/bgr.js';
import type { CodecCase } from '../support/pictures/codecs.js';
import { rgbPng } from '../support/pictures/png.js';
import { seeded } from '../support/seeded.js';
import { type EqualVector, loadEqualVectors, readVectorFile } from '../vectors/load-vectors.js';

const LIMITS = { maxPixels: 1_000_000 };
const SAMPLES: Readonly<Record<PictureFormat, string>> = {
  jpeg: 'images/syn_color.jpg',
  png: 'images/syn_color.png',
  webp: 'images/syn_webp.webp',
  tiff: 'images/syn_tiff.tiff',
  bmp: 'images/syn_bmp.bmp',
};
const FORMATS = Object.keys(SAMPLES) as PictureFormat[];

/** What every Codec promises beside the golden vectors, above all about hostile bytes: an error of ours, never a crash. */
export function codecContract({ name, skip, create }: CodecCase): void {
  describe(`Codec contract: ${name}`, { skip }, () => {
    const codec = create();
    after(() => codec.close());

    it('decode() gives B, G, R, row by row from the top', async () => {
      const png = rgbPng(2, 2, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12));
      const image = await codec.decode(png, 'png', LIMITS);
      assert.deepEqual([...bgrBytes(image)], [3, 2, 1, 6, 5, 4, 9, 8, 7, 12, 11, 10]);
    });

    for (const format of FORMATS) {
      const sample = findSample(SAMPLES[format]);
      const bytes = readVectorFile(sample.file);

      it(`decode() of ${format} at exactly maxPixels succeeds`, async () => {
        const image = await codec.decode(bytes, format, { maxPixels: sample.width * sample.height });
        assert.deepEqual([image.width, image.height], [sample.width, sample.height]);
      });

      it(`decode() of ${format} above maxPixels is refused`, async () => {
        const limits = { maxPixels: sample.width * sample.height - 1 };
        await assert.rejects(async () => await codec.decode(bytes, format, limits), { code: 'ERR_IMAGE_TOO_LARGE' });
      });

      it(`decode() of ${format} accepts bytes after the picture`, async () => {
        const image = await codec.decode(Buffer.concat([bytes, Buffer.alloc(100, 0x41)]), format, LIMITS);
        assert.equal(image.width, sample.width);
      });

      it(`decode() of ${format} works on a view into a larger buffer`, async () => {
        const larger = Buffer.concat([Buffer.alloc(3, 0xff), bytes, Buffer.alloc(5, 0xff)]);
        const image = await codec.decode(larger.subarray(3, 3 + bytes.length), format, LIMITS);
        assert.equal(image.width, sample.width);
      });

      it(`decode() of ${format} refuses every premature end`, async () => {
        // Of a JPEG the end marker may be missing; test/contract/jpeg-ends.test.ts cuts at every byte.
        const needed = format === 'jpeg' ? bytes.length - 2 : bytes.length;
        for (const length of truncations(needed)) {
          const outcome = await attempt(codec, bytes.subarray(0, length), format);
          assert.match(outcome, /^ERR_IMAGE_(DECODE|FORMAT)$/, `cut to ${length} of ${bytes.length} bytes`);
        }
      });

      it(`decode() of ${format} with damaged bytes gives a picture or an error of ours`, async () => {
        const random = seeded(7);
        for (let run = 0; run < 60; run++) {
          const damaged = Buffer.from(bytes);
          for (let hit = 0; hit < 1 + run / 10; hit++) damaged[hitPosition(random, run, bytes.length)] = random() * 256;
          assert.match(await attempt(codec, damaged, format), /^(decoded|ERR_IMAGE_(DECODE|FORMAT|TOO_LARGE))$/);
        }
      });

      it(`decode() of ${format} followed by noise is refused`, async () => {
        const random = seeded(11);
        for (let run = 0; run < 40; run++) {
          const noise = Uint8Array.from({ length: 200 }, () => random() * 256);
          const outcome = await attempt(codec, Buffer.concat([bytes.subarray(0, 4 + run), noise]), format);
          assert.match(outcome, /^ERR_IMAGE_(DECODE|FORMAT|TOO_LARGE)$/);
        }
      });
    }

    it('decode() makes a JPEG smaller where that is allowed, or leaves it as it is, and says its own size', async () => {
      const bytes = readVectorFile(SAMPLES.jpeg);
      const { width, height } = findSample(SAMPLES.jpeg);
      for (const shrink of [1, 2, 4, 8] as const) {
        const asked: Size[] = [];
        const allow = (upright: Size) => {
          asked.push(upright);
          return shrink;
        };
        const image = await codec.decode(bytes, 'jpeg', { ...LIMITS, shrink: allow });
        const smaller = { width: Math.ceil(width / shrink), height: Math.ceil(height / shrink) };
        const isSmaller = image.fullSize !== undefined;
        assert.deepEqual(asked, [{ width, height }]);
        assert.deepEqual(sizeOf(image), isSmaller ? smaller : { width, height });
        if (isSmaller) assert.deepEqual(image.fullSize, { width, height });
      }
    });

    it('decode() of a smaller picture on its side asks for it upright and gives it upright', async () => {
      const image = blankImage(64, 32, 3);
      for (let i = 0; i < image.data.length; i += 3) image.data.set([200, 120, (i / 3) % 64 < 32 ? 30 : 220], i);
      const jpeg = withOrientation(await codec.encodeJpeg(image), 6);
      const asked: Size[] = [];
      const allow = (upright: Size) => {
        asked.push(upright);
        return 8 as const;
      };
      const small = await codec.decode(jpeg, 'jpeg', { ...LIMITS, shrink: allow });
      assert.deepEqual(asked, [{ width: 32, height: 64 }]);
      assert.deepEqual(small.fullSize ?? sizeOf(small), { width: 32, height: 64 });
      const red = bgrBytes(small).filter((_, i) => i % 3 === 2);
      const [top, bottom] = [red[0] ?? 0, red.at(-1) ?? 0];
      assert.ok(Math.abs(top - 30) < 4 && Math.abs(bottom - 220) < 4, `${top} above, ${bottom} below`);
    });

    it('decode() of other formats never makes them smaller', async () => {
      for (const format of FORMATS.filter((name) => name !== 'jpeg')) {
        const { width, height } = findSample(SAMPLES[format]);
        const image = await codec.decode(readVectorFile(SAMPLES[format]), format, { ...LIMITS, shrink: () => 8 });
        assert.deepEqual([sizeOf(image), image.fullSize], [{ width, height }, undefined]);
      }
    });

    it('decode() refuses a PNG of 20 000 × 20 000 by its header', async () => {
      const png = rgbPng(20_000, 20_000, new Uint8Array(0), 0);
      await assert.rejects(async () => await codec.decode(png, 'png', { maxPixels: 50_000_000 }), {
        code: 'ERR_IMAGE_TOO_LARGE',
      });
    });

    it('decode() refuses a PNG with fewer rows than its header says', async () => {
      const png = rgbPng(100, 100, new Uint8Array(100 * 3 * 50), 50);
      await assert.rejects(async () => await codec.decode(png, 'png', LIMITS), { code: 'ERR_IMAGE_DECODE' });
    });

    it('decode() refuses a JPEG with two sizes', async () => {
      const bytes = Buffer.from(readVectorFile(SAMPLES.jpeg));
      const frame = bytes.indexOf(Buffer.of(0xff, 0xc0));
      const segment = bytes.subarray(frame, frame + 2 + bytes.readUInt16BE(frame + 2));
      const twice = Buffer.concat([bytes.subarray(0, frame), segment, bytes.subarray(frame)]);
      await assert.rejects(async () => await codec.decode(twice, 'jpeg', LIMITS), { code: 'ERR_IMAGE_DECODE' });
    });

    it('decode() refuses a JPEG with a size of 0', async () => {
      const bytes = Buffer.from(readVectorFile(SAMPLES.jpeg));
      bytes.writeUInt16BE(0, bytes.indexOf(Buffer.of(0xff, 0xc0)) + 5);
      await assert.rejects(async () => await codec.decode(bytes, 'jpeg', LIMITS), { code: 'ERR_IMAGE_DECODE' });
    });

    it('decode() of a good picture succeeds after a broken one', async () => {
      const bytes = readVectorFile(SAMPLES.jpeg);
      await attempt(codec, bytes.subarray(0, bytes.length / 2), 'jpeg');
      assert.equal(await attempt(codec, bytes, 'jpeg'), 'decoded');
    });

    it('encodeJpeg() samples colour 4:2:0', async () => {
      const jpeg = Buffer.from(await codec.encodeJpeg(blankImage(16, 16, 3)));
      const frame = jpeg.indexOf(Buffer.of(0xff, 0xc0));
      assert.deepEqual([...jpeg.subarray(frame + 9, frame + 12)], [3, 1, 0x22]);
    });

    it('encodeJpeg() uses the standard Huffman tables', async () => {
      const jpeg = Buffer.from(await codec.encodeJpeg(blankImage(16, 16, 3)));
      // ITU-T T.81, table K.5: the numbers of AC luminance codes by length.
      assert.ok(jpeg.includes(Buffer.from('0002010303020403050504040000017d', 'hex')));
    });

    it('encodeJpeg() of a plain colour decodes to it within a level', async () => {
      const image = blankImage(40, 20, 3);
      for (let i = 0; i < image.data.length; i += 3) image.data.set([30, 120, 200], i);
      const decoded = await codec.decode(await codec.encodeJpeg(image), 'jpeg', LIMITS);
      const largest = Math.max(...bgrBytes(decoded).map((value, i) => Math.abs(value - (image.data[i] ?? 0))));
      assert.ok(largest <= 1, `off by ${largest}`);
    });

    it('encodeJpeg() leaves earlier results alone', async () => {
      const first = await codec.encodeJpeg(noise(32, 32, 1));
      const copy = Buffer.from(first);
      await codec.encodeJpeg(noise(32, 32, 2));
      assert.equal(Buffer.compare(first, copy), 0);
    });
  });
}

function sizeOf({ width, height }: Size): Size {
  return { width, height };
}

/** With an EXIF segment that has this one entry. */
function withOrientation(jpeg: Uint8Array, orientation: number): Uint8Array {
  const exif = Buffer.from('4578696600004d4d002a00000008000101120003000000010000000000000000', 'hex');
  exif.writeUInt16BE(orientation, exif.length - 8);
  const segment = Buffer.concat([Buffer.from([0xff, 0xe1, 0, exif.length + 2]), exif]);
  return Buffer.concat([jpeg.subarray(0, 2), segment, jpeg.subarray(2)]);
}

function findSample(file: string): EqualVector {
  const sample = loadEqualVectors().find((vector) => vector.file === file);
  assert.ok(sample, file);
  return sample;
}

/** "decoded", or the code of the error. Anything but a ServiceError is a failure of the test. */
async function attempt(codec: Codec, bytes: Uint8Array, format: PictureFormat): Promise<string> {
  try {
    const image = await codec.decode(bytes, format, LIMITS);
    assert.ok(image.data.length >= image.width * image.height * image.channels);
    return 'decoded';
  } catch (error) {
    assert.ok(error instanceof ServiceError, `a foreign error: ${error}`);
    return error.code;
  }
}

/** Each length up to 40 and near the end, and some between. */
function truncations(length: number): readonly number[] {
  const between = Array.from({ length: 40 }, (_, i) => Math.floor(((i + 1) * length) / 41));
  const start = Array.from({ length: 40 }, (_, i) => i + 4);
  const end = Array.from({ length: 20 }, (_, i) => length - 1 - i);
  return [...start, ...between, ...end];
}

/** Every second hit goes into the header. */
function hitPosition(random: () => number, run: number, length: number): number {
  return Math.floor(random() * (run % 2 === 0 ? Math.min(length, 64) : length));
}

function noise(width: number, height: number, seed: number): Image {
  const random = seeded(seed);
  return {
    ...blankImage(width, height, 3),
    data: Uint8Array.from({ length: width * height * 3 }, () => random() * 256),
  };
}
