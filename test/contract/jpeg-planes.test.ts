/** JPEGs in planes: that their colours, made afterwards, are libturbojpeg's own, and that faults are those of whole decoding. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import koffi from 'koffi';
import type { Size } from '../../src/domain/size.js';
import type { Codec, DecodedImage, DecodedPlanes } from '../../src/imaging/codec.js';
import { createCodec, readHeader } from '../../src/imaging/create-codec.js';
import { findTurbojpeg } from '../../src/imaging/find-turbojpeg.js';
import { createTurboJpeg } from '../../src/imaging/turbojpeg.js';
import { ServiceError } from '../../src/std/errors.js';
import type { Image } from '../../src/vision/image.js';
import { isPlanes, type Planes, writeBgrRow } from '../../src/vision/planes.js';
import { createScratch } from '../../src/vision/scratch.js';
import { bgrBytes, bgrSha256 } from '../support/pictures/bgr.js';
import { seeded } from '../support/seeded.js';
import { readVectorFile } from '../vectors/load-vectors.js';

const library = findTurbojpeg();
const skip = library === undefined ? 'libturbojpeg is not installed (Debian: libturbojpeg0)' : false;
const LIMITS = { maxPixels: 50_000_000 };
const SAMPLINGS = { '4:4:4': 0, '4:2:2': 1, '4:2:0': 2 } as const;
const OTHER_SAMPLINGS = { grey: 3, '4:4:0': 4, '4:1:1': 5 } as const;
const PROGRESSIVE = 16_384;

/** 4:2:2 and 4:4:4 written with factors that are not the usual ones: `cjpeg -sample` of noise, 17×16. */
const UNUSUAL = {
  '2x2,1x2,1x2':
    '/9j/4AAQSkZJRgABAQAAAQABAAD/2wCDEAAoABwAHgAjAB4AGQAoACMAIQAjAC0AKwAoADAAPABkAEEAPAA3ADcAPAB7AFgAXQBJ' +
    'AGQAkQCAAJkAlgCPAIAAjACKAKAAtADmAMMAoACqANoArQCKAIwAyAERAMsA2gDuAPUBAgEEAQIAmwDBARsBLwEYAPoBLADmAP0B' +
    'AgD4/9sAQwErLS08NTx2QUF2+KWMpfj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4/8EA' +
    'EQgAEAARAwEiAAISAQMSAf/EABUAAQEAAAAAAAAAAAAAAAAAAAAC/8QAHRAAAgEEAwAAAAAAAAAAAAAAAAERAhIhUQNBYf/EABcB' +
    'AAMBAAAAAAAAAAAAAAAAAAABAgP/xAAXEQEBAQEAAAAAAAAAAAAAAAARAAEh/9oADAMBAAIRAxEAPwCnonkqWEKU4hi2croBhcnx' +
    'lm40x4wVc9AoygtHKG//2Q==',
  '3x1,3x1,3x1':
    '/9j/4AAQSkZJRgABAQAAAQABAAD/2wCDEAAoABwAHgAjAB4AGQAoACMAIQAjAC0AKwAoADAAPABkAEEAPAA3ADcAPAB7AFgAXQBJ' +
    'AGQAkQCAAJkAlgCPAIAAjACKAKAAtADmAMMAoACqANoArQCKAIwAyAERAMsA2gDuAPUBAgEEAQIAmwDBARsBLwEYAPoBLADmAP0B' +
    'AgD4/9sAQwErLS08NTx2QUF2+KWMpfj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4/8EA' +
    'EQgAEAARAwExAAIxAQMxAf/EABUAAQEAAAAAAAAAAAAAAAAAAAIA/8QAHRAAAgEEAwAAAAAAAAAAAAAAAAERAhIhUQNBYf/EABcB' +
    'AAMBAAAAAAAAAAAAAAAAAAABAgP/xAAYEQEBAQEBAAAAAAAAAAAAAAABABECIf/aAAwDAQACEQMRAD8AT0HkqWEGPGAaQc1YTWRm' +
    '2mkqU4hlbOV0Vz0QdezZZZLVyiRt/9k=',
};

/** Noise, some of it in the extremes, as a JPEG; `flags` as turbojpeg.h has them. */
function createEncoder(path: string) {
  const turbo = koffi.load(path);
  const open = turbo.func('void *tjInitCompress(void)');
  const destroy = turbo.func('int tjDestroy(void *handle)');
  const sizeOf = turbo.func('unsigned long tjBufSize(int width, int height, int sampling)');
  const compress = turbo.func(
    'int tjCompress2(void *handle, const void *pixels, int width, int pitch, int height, int format, void *jpeg, void *size, int sampling, int quality, int flags)',
  );
  return (width: number, height: number, sampling: number, flags = 0): Uint8Array => {
    const random = seeded(width * 1000 + height);
    const pixels = Uint8Array.from({ length: width * height * 3 }, () => Math.min(random() * 320, 255));
    const jpeg = new Uint8Array(Number(sizeOf(width, height, sampling)));
    const address = BigUint64Array.of(koffi.address(jpeg));
    const size = BigUint64Array.of(BigInt(jpeg.length));
    const noRealloc = 1024;
    // One for each picture: after a progressive one a baseline one would get its tables, and lack codes.
    const handle = open();
    const status = compress(handle, pixels, width, 0, height, 1, address, size, sampling, 90, flags | noRealloc);
    destroy(handle);
    assert.equal(status, 0);
    return jpeg.subarray(0, Number(size[0]));
  };
}

function bgrOf(planes: Planes): Image {
  const { width, height } = planes;
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) writeBgrRow(planes, y, data.subarray(y * width * 3, (y + 1) * width * 3));
  return { width, height, channels: 3, data };
}

describe('TurboJpeg.decodePlanes()', { skip }, () => {
  const turbo = createTurboJpeg(library ?? '', createScratch().take);
  after(() => turbo.close());
  const encode = createEncoder(library ?? '');

  function assertEqual(jpeg: Uint8Array, what: string): void {
    const header = readHeader(jpeg, 'jpeg', LIMITS);
    const whole = turbo.decode(jpeg, header);
    assert.ok(typeof whole === 'object', what);
    const expected = bgrBytes(whole);
    const planes = turbo.decodePlanes(jpeg, header);
    assert.ok(typeof planes === 'object', what);
    assert.equal(Buffer.compare(bgrOf(planes).data, expected), 0, what);
  }

  for (const [name, sampling] of Object.entries(SAMPLINGS)) {
    it(`has the colours of decode() in ${name}, of every size up to 20×20 and of larger ones`, () => {
      const sizes = Array.from({ length: 400 }, (_, i) => [(i % 20) + 1, Math.floor(i / 20) + 1] as const);
      for (const [width, height] of [...sizes, [65, 47], [64, 48], [333, 251], [31, 130]] as const) {
        for (const flags of [0, PROGRESSIVE]) {
          assertEqual(encode(width, height, sampling, flags), `${width}×${height}, flags ${flags}`);
        }
      }
    });
  }

  for (const [factors, base64] of Object.entries(UNUSUAL)) {
    it(`has the colours of decode() where the factors are ${factors}`, () =>
      assertEqual(Buffer.from(base64, 'base64'), factors));
  }

  it('has the colours of decode() in a picture with restart markers', () =>
    assertEqual(readVectorFile('images/syn_restart.jpg'), 'restart markers'));

  for (const [name, sampling] of Object.entries(OTHER_SAMPLINGS)) {
    it(`leaves ${name} to others`, () => {
      const jpeg = encode(64, 48, sampling);
      assert.equal(turbo.decodePlanes(jpeg, readHeader(jpeg, 'jpeg', LIMITS)), 'unsupported');
    });
  }

  it('leaves R, G, B and CMYK to others', () => {
    for (const file of ['images/syn_rgb_adobe.jpg', 'images/syn_cmyk.jpg']) {
      const jpeg = readVectorFile(file);
      assert.equal(turbo.decodePlanes(jpeg, readHeader(jpeg, 'jpeg', LIMITS)), 'unsupported', file);
    }
  });

  it('leaves a size that is not the library’s own to others', () => {
    const jpeg = encode(64, 48, SAMPLINGS['4:2:0']);
    assert.equal(turbo.decodePlanes(jpeg, { ...readHeader(jpeg, 'jpeg', LIMITS), height: 47 }), 'unsupported');
  });

  for (const name of ['baseline', 'progressive', 'restart']) {
    it(`says of ${name}.jpg, cut at every byte, what decode() says`, () => {
      const whole = readVectorFile(`field/pictures/${name}.jpg`);
      const header = readHeader(whole, 'jpeg', LIMITS);
      const said = (result: Planes | Image | string) => (typeof result === 'object' ? 'decoded' : result);
      for (let length = 20; length <= whole.length; length++) {
        const cut = whole.subarray(0, length);
        assert.equal(said(turbo.decodePlanes(cut, header)), said(turbo.decode(cut, header)), `${length} bytes`);
      }
    });
  }
});

describe('Codec.decodePlanes()', { skip }, () => {
  const codec = createCodec(library === undefined ? {} : { turbojpeg: library });
  after(() => codec.close());
  const field = readdirSync(fileURLToPath(new URL('../../../test/vectors/field/pictures', import.meta.url)));
  const images = readdirSync(fileURLToPath(new URL('../../../test/vectors/images', import.meta.url)));

  const isJpeg = (name: string) => name.endsWith('.jpg');
  const files = [
    ...field.filter(isJpeg).map((name) => `field/pictures/${name}`),
    ...images.filter(isJpeg).map((name) => `images/${name}`),
  ];

  /** The code of its error, or the sum of its pixels. */
  async function outcome(decode: () => ReturnType<Codec['decodePlanes']>): Promise<string> {
    try {
      const decoded = await decode();
      return bgrSha256(isPlanes<DecodedImage>(decoded) ? bgrOf(decoded) : decoded);
    } catch (error) {
      assert.ok(error instanceof ServiceError, `a foreign error: ${error}`);
      return error.code;
    }
  }

  it('gives the pixels of decode(), or its error, of every JPEG among the vectors', async () => {
    for (const file of files) {
      const jpeg = readVectorFile(file);
      const expected = await outcome(() => codec.decode(jpeg, 'jpeg', LIMITS));
      assert.equal(
        await outcome(() => codec.decodePlanes(jpeg, 'jpeg', { ...LIMITS, planes: () => true })),
        expected,
        file,
      );
    }
  });

  const kindOf = (decoded: DecodedImage | DecodedPlanes) => (isPlanes<DecodedImage>(decoded) ? 'planes' : 'image');
  for (const [file, wanted, kind] of [
    ['images/syn_color.jpg', true, 'planes'],
    ['images/syn_422.jpg', true, 'planes'],
    ['images/syn_color.jpg', false, 'image'],
    ['images/syn_grey.jpg', true, 'image'],
    ['images/syn_411.jpg', true, 'image'],
    ['images/syn_exif6.jpg', true, 'image'],
    ['field/pictures/baseline_no_end.jpg', true, 'image'],
  ] as const) {
    it(`gives ${kind} for ${file}, ${wanted ? 'wanted' : 'unwanted'}`, async () => {
      const limits = { ...LIMITS, planes: () => wanted };
      assert.equal(kindOf(await codec.decodePlanes(readVectorFile(file), 'jpeg', limits)), kind);
    });
  }

  it('asks with the size of the picture', async () => {
    const asked: Size[] = [];
    const planes = ({ width, height }: Size) => asked.push({ width, height }) > 0;
    await codec.decodePlanes(readVectorFile('images/syn_odd_479x359.jpg'), 'jpeg', { ...LIMITS, planes });
    assert.deepEqual(asked, [{ width: 479, height: 359 }]);
  });

  it('refuses a picture above maxPixels', async () => {
    const limits = { maxPixels: 480 * 360 - 1, planes: () => true };
    await assert.rejects(async () => await codec.decodePlanes(readVectorFile('images/syn_color.jpg'), 'jpeg', limits), {
      code: 'ERR_IMAGE_TOO_LARGE',
    });
  });
});

describe('Codec.decodePlanes() without libturbojpeg', () => {
  const codec = createCodec();
  after(() => codec.close());

  for (const [file, format] of [
    ['images/syn_color.jpg', 'jpeg'],
    ['images/syn_color.png', 'png'],
    ['images/syn_bmp.bmp', 'bmp'],
  ] as const) {
    it(`gives the pixels of decode() for ${file}`, async () => {
      const bytes = readVectorFile(file);
      const expected = bgrSha256(await codec.decode(bytes, format, LIMITS));
      const decoded = await codec.decodePlanes(bytes, format, { ...LIMITS, planes: () => true });
      assert.ok(!isPlanes<DecodedImage>(decoded));
      assert.equal(bgrSha256(decoded), expected);
    });
  }
});
