import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, describe, it } from 'node:test';
import { detectFormat } from '../../src/imaging/detect-format.js';
import { createOpenCv } from '../../src/imaging/opencv.js';
import type { Image } from '../../src/vision/image.js';
import { writePair } from '../../src/vision/pixel-ops.js';
import { createRegionFinder } from '../../src/vision/regions.js';
import { createResizer } from '../../src/vision/resize.js';
import { bgrBytes, bgrSha256, blankImage } from '../support/pictures/bgr.js';
import { codecCases } from '../support/pictures/codecs.js';
import {
  loadCleanVectors,
  loadEqualVectors,
  loadOddVectors,
  loadRejectVectors,
  MODEL_SIZE,
  readMask,
  readVectorFile,
} from './load-vectors.js';

const LIMITS = { maxPixels: 50_000_000 };
const resizer = createResizer();

for (const { name, skip, create } of codecCases()) {
  describe(`golden pictures by ${name}`, { skip }, () => {
    const codec = create();
    after(() => codec.close());
    const decode = async (bytes: Uint8Array): Promise<Image> => await codec.decode(bytes, detectFormat(bytes), LIMITS);
    const resize = (image: Image): Image => {
      const small = blankImage(MODEL_SIZE, MODEL_SIZE, image.channels);
      resizer.resize(image, small);
      return small;
    };

    for (const vector of loadEqualVectors()) {
      it(`decode() gives the reference's bytes for ${vector.file}, ${vector.note}`, async () => {
        const image = await decode(readVectorFile(vector.file));
        assert.deepEqual(
          { width: image.width, height: image.height, sha256: bgrSha256(image) },
          { width: vector.width, height: vector.height, sha256: vector.decodedBgrSha256 },
        );
      });

      it(`resize() gives the reference's bytes for ${vector.file}, ${vector.note}`, async () => {
        assert.equal(bgrSha256(resize(await decode(readVectorFile(vector.file)))), vector.resizedBgrSha256);
      });

      it(`encodeJpeg() of the pair decodes to the reference's pixels for ${vector.file}, ${vector.note}`, async () => {
        const pair = blankImage(2 * MODEL_SIZE, MODEL_SIZE, 3);
        writePair(resize(await decode(readVectorFile(vector.file))), await readMask(vector), pair);
        const jpeg = await codec.encodeJpeg(pair);
        const ours = bgrBytes(await decode(jpeg));
        const theirs = bgrBytes(await decode(readVectorFile(vector.result)));
        assert.equal(Buffer.compare(ours, theirs), 0);
      });
    }

    for (const vector of loadRejectVectors()) {
      it(`${vector.file}, ${vector.note}, is refused`, async () => {
        await assert.rejects(async () => await decode(readVectorFile(vector.file)), {
          code: /\.jpg$/.test(vector.file) ? 'ERR_IMAGE_DECODE' : 'ERR_IMAGE_FORMAT',
        });
      });
    }

    for (const vector of loadOddVectors().filter(({ expect }) => expect === 'equal')) {
      it(`decode() gives OpenCV's bytes for ${vector.file}, ${vector.note}`, async () => {
        const image = await decode(readVectorFile(vector.file));
        assert.deepEqual(
          { width: image.width, height: image.height, sha256: bgrSha256(image) },
          { width: vector.width, height: vector.height, sha256: vector.decodedBgrSha256 },
        );
      });
    }

    for (const vector of loadCleanVectors()) {
      it(`decode() gives the bytes of ${vector.clean} for ${vector.file}, ${vector.note}`, async () => {
        const image = bgrSha256(await decode(readVectorFile(vector.file)));
        assert.equal(image, bgrSha256(await decode(readVectorFile(vector.clean))));
      });
    }

    for (const vector of loadOddVectors().filter(({ expect }) => expect.startsWith('ERR_'))) {
      it(`${vector.file}, ${vector.note}, is refused with ${vector.expect}`, async () => {
        await assert.rejects(async () => await decode(readVectorFile(vector.file)), { code: vector.expect });
      });
    }
  });
}

describe('golden masks', () => {
  const opencv = createOpenCv();
  after(() => opencv.close());
  const finder = createRegionFinder();

  for (const vector of loadEqualVectors()) {
    it(`countContours() gives the reference's number for ${vector.mask}`, async () => {
      const mask = await readMask(vector);
      assert.equal(finder.countContours(mask, MODEL_SIZE, MODEL_SIZE), vector.defect);
      assert.equal(opencv.countContours(mask, MODEL_SIZE, MODEL_SIZE), vector.defect);
    });
  }
});

describe('golden files', () => {
  for (const { file, sha256 } of [...loadEqualVectors(), ...loadRejectVectors()]) {
    it(`${file} is as it was when the reference saw it`, () => {
      assert.equal(createHash('sha256').update(readVectorFile(file)).digest('hex'), sha256);
    });
  }
});
