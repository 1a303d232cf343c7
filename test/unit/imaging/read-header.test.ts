import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readHeader } from '../../../src/imaging/create-codec.js';
import { rgbPng } from '../../support/pictures/png.js';

const LIMITS = { maxPixels: 50_000_000 };
const latin1 = (text: string) => Buffer.from(text, 'latin1');
const fails = (bytes: Uint8Array, format: Parameters<typeof readHeader>[1], code: string, text?: RegExp) =>
  assert.throws(() => readHeader(bytes, format, LIMITS), { code, ...(text === undefined ? {} : { message: text }) });

/** A marker segment of a JPEG: its length counts itself. */
function segment(marker: number, data: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of(0xff, marker, (data.length + 2) >> 8, (data.length + 2) & 255), data]);
}

const SOI = Buffer.of(0xff, 0xd8);
const frame = (width: number, height: number, components = 3) =>
  segment(0xc0, Buffer.of(8, height >> 8, height & 255, width >> 8, width & 255, components));
const scan = segment(0xda, Buffer.of(0));

describe('readHeader() of JPEG', () => {
  it('reads the size behind other segments', () => {
    const bytes = Buffer.concat([
      SOI,
      segment(0xe0, Buffer.alloc(14)),
      segment(0xdb, Buffer.alloc(65)),
      frame(640, 480),
      scan,
    ]);
    assert.deepEqual(readHeader(bytes, 'jpeg', LIMITS), { width: 640, height: 480, orientation: 1, samples: 'rgb' });
  });

  it('tells grey and CMYK by the number of components', () => {
    const kinds = [1, 4].map((n) => readHeader(Buffer.concat([SOI, frame(1, 1, n), scan]), 'jpeg', LIMITS).samples);
    assert.deepEqual(kinds, ['grey', 'cmyk']);
  });

  it('refuses two components', () => fails(Buffer.concat([SOI, frame(9, 9, 2), scan]), 'jpeg', 'ERR_IMAGE_DECODE'));
  it('refuses two frames', () =>
    fails(Buffer.concat([SOI, frame(9, 9), frame(9, 9), scan]), 'jpeg', 'ERR_IMAGE_DECODE'));
  it('refuses a scan without a frame', () => fails(Buffer.concat([SOI, scan]), 'jpeg', 'ERR_IMAGE_DECODE'));
  it('refuses an end before a scan', () =>
    fails(Buffer.concat([SOI, frame(9, 9), Buffer.of(0xff, 0xd9)]), 'jpeg', 'ERR_IMAGE_DECODE'));
  it('refuses a segment shorter than its length', () =>
    fails(Buffer.concat([SOI, Buffer.of(0xff, 0xe0, 0, 1, 0, 0)]), 'jpeg', 'ERR_IMAGE_DECODE', /at least 2 bytes/));
  it('ends on a megabyte without a marker', () =>
    fails(Buffer.concat([SOI, Buffer.alloc(2 ** 20)]), 'jpeg', 'ERR_IMAGE_DECODE'));
  it('ends on a megabyte of fill bytes', () =>
    fails(Buffer.concat([SOI, Buffer.alloc(2 ** 20, 0xff)]), 'jpeg', 'ERR_IMAGE_DECODE'));
});

describe('readHeader() of PNG', () => {
  it('reads the size', () => {
    const header = readHeader(rgbPng(3, 2, new Uint8Array(18)), 'png', LIMITS);
    assert.deepEqual(header, { width: 3, height: 2, orientation: 1, samples: 'rgb' });
  });

  it('refuses a size of 0', () => fails(rgbPng(0, 5, new Uint8Array(0)), 'png', 'ERR_IMAGE_DECODE', /0×5/));
  it('refuses 20 000 × 20 000', () =>
    fails(rgbPng(20_000, 20_000, new Uint8Array(0), 0), 'png', 'ERR_IMAGE_TOO_LARGE'));
  it('refuses a chunk that reaches past the end', () => {
    const bytes = rgbPng(1, 1, new Uint8Array(3));
    bytes.writeUInt32BE(0xffffffff, 33);
    fails(bytes, 'png', 'ERR_IMAGE_DECODE');
  });
  it('refuses another first chunk', () => {
    const bytes = rgbPng(1, 1, new Uint8Array(3));
    bytes.write('tEXt', 12);
    fails(bytes, 'png', 'ERR_IMAGE_DECODE', /IHDR/);
  });
});

describe('readHeader() of WebP', () => {
  const webp = (chunk: string, data: string) => {
    const bytes = latin1(`RIFF\0\0\0\0WEBP${chunk}\0\0\0\0${data}`);
    bytes.writeUInt32LE(bytes.length - 8, 4);
    return bytes;
  };

  it('reads a lossy size: 14 bits each', () => {
    const { width, height } = readHeader(webp('VP8 ', '\0\0\0\x9d\x01\x2a\x40\x41\x68\x01'), 'webp', LIMITS);
    assert.deepEqual([width, height], [0x140, 0x168]);
  });

  it('reads a lossless size: 14 bits each, less one', () => {
    // 479 | 359 << 14, little endian
    const { width, height } = readHeader(webp('VP8L', '\x2f\xdf\xc1\x59\0'), 'webp', LIMITS);
    assert.deepEqual([width, height], [480, 360]);
  });

  it('reads an extended size: 24 bits each, less one', () => {
    const { width, height } = readHeader(webp('VP8X', '\x10\0\0\0\xdf\x01\0\x67\x01\0'), 'webp', LIMITS);
    assert.deepEqual([width, height], [480, 360]);
  });

  it('refuses an animation', () =>
    fails(webp('VP8X', '\x02\0\0\0\xdf\x01\0\x67\x01\0'), 'webp', 'ERR_IMAGE_FORMAT', /animation/));
  it('refuses fewer bytes than announced', () =>
    fails(webp('VP8L', '\x2f\xdf\xc1\x59\0').subarray(0, -1), 'webp', 'ERR_IMAGE_DECODE', /announced/));
  it('refuses the largest size it can announce', () =>
    fails(webp('VP8X', '\0\0\0\0\xff\xff\xff\xff\xff\xff'), 'webp', 'ERR_IMAGE_TOO_LARGE'));
  it('refuses an unknown first chunk', () => fails(webp('ICCP', '\0\0\0\0\0\0\0\0'), 'webp', 'ERR_IMAGE_DECODE'));
});

describe('readHeader() of TIFF', () => {
  /** Little endian; entries are [tag, type, count, value]. */
  const tiff = (...entries: readonly (readonly [number, number, number, number])[]) => {
    const bytes = Buffer.alloc(8 + 2 + entries.length * 12 + 4);
    bytes.write('II*\0', 'latin1');
    bytes.writeUInt32LE(8, 4);
    bytes.writeUInt16LE(entries.length, 8);
    entries.forEach(([tag, type, count, value], i) => {
      bytes.writeUInt16LE(tag, 10 + i * 12);
      bytes.writeUInt16LE(type, 12 + i * 12);
      bytes.writeUInt32LE(count, 14 + i * 12);
      bytes.writeUInt32LE(value, 18 + i * 12);
    });
    return bytes;
  };
  const size = [
    [256, 3, 1, 30],
    [257, 4, 1, 20],
  ] as const;
  const grey8 = [
    [258, 3, 1, 8],
    [262, 3, 1, 1],
  ] as const;

  it('reads size and orientation', () => {
    const header = readHeader(tiff(...size, ...grey8, [274, 3, 1, 6]), 'tiff', LIMITS);
    assert.deepEqual(header, { width: 30, height: 20, orientation: 6, samples: 'rgb' });
  });

  it('refuses a directory without a size', () => fails(tiff(...grey8), 'tiff', 'ERR_IMAGE_DECODE', /width/));
  it('refuses a directory past the end', () => {
    const bytes = tiff(...size);
    bytes.writeUInt32LE(0xfffffff0, 4);
    fails(bytes, 'tiff', 'ERR_IMAGE_DECODE');
  });
  it('refuses a directory of too many entries', () => {
    const bytes = Buffer.concat([tiff(...size, ...grey8), Buffer.alloc(2 ** 20)]);
    bytes.writeUInt16LE(65535, 8);
    fails(bytes, 'tiff', 'ERR_IMAGE_DECODE', /1024/);
  });
  it('ignores a tag whose value is past the end', () => {
    const header = readHeader(tiff(...size, ...grey8, [270, 1, 9, 0xffffff00]), 'tiff', LIMITS);
    assert.equal(header.width, 30);
  });
  it('refuses separations (CMYK) by name', () =>
    fails(
      tiff(...size, [258, 3, 1, 8], [262, 3, 1, 5], [277, 3, 1, 4]),
      'tiff',
      'ERR_IMAGE_FORMAT',
      /it is CMYK with 4 samples of 8 bits/,
    ));
  it('refuses signed samples by name', () =>
    fails(tiff(...size, ...grey8, [339, 3, 1, 2]), 'tiff', 'ERR_IMAGE_FORMAT', /unsigned samples: they are signed$/));
  it('refuses zstd by name', () =>
    fails(tiff(...size, ...grey8, [259, 3, 1, 50000]), 'tiff', 'ERR_IMAGE_FORMAT', /it is zstd$/));
  it('refuses a needed tag whose values are cut off', () =>
    fails(tiff(...size, [258, 3, 3, 9999], [262, 3, 1, 2]), 'tiff', 'ERR_IMAGE_DECODE', /tag 258 needs 10005 bytes/));
  it('refuses a size above the limit', () =>
    fails(tiff([256, 4, 1, 100_000], [257, 4, 1, 100_000], ...grey8), 'tiff', 'ERR_IMAGE_TOO_LARGE'));
});

describe('readHeader() of BMP', () => {
  const bmp = (width: number, height: number, bits = 24, compression = 0) => {
    const bytes = Buffer.alloc(54);
    bytes.write('BM');
    bytes.writeUInt32LE(54, 10);
    bytes.writeUInt32LE(40, 14);
    bytes.writeInt32LE(width, 18);
    bytes.writeInt32LE(height, 22);
    bytes.writeUInt16LE(bits, 28);
    bytes.writeUInt32LE(compression, 30);
    return bytes;
  };

  it('reads a size with a negative height', () => {
    const { width, height } = readHeader(bmp(4, -3), 'bmp', LIMITS);
    assert.deepEqual([width, height], [4, 3]);
  });

  it('refuses a negative width', () => fails(bmp(-4, 3), 'bmp', 'ERR_IMAGE_DECODE'));
  it('refuses no height', () => fails(bmp(4, 0), 'bmp', 'ERR_IMAGE_DECODE'));
  it('refuses the smallest negative height', () => fails(bmp(4, -(2 ** 31)), 'bmp', 'ERR_IMAGE_TOO_LARGE'));
  it('refuses 2 bits by name', () => fails(bmp(4, 3, 2), 'bmp', 'ERR_IMAGE_FORMAT', /it has 2$/));
  it('refuses a JPEG in a BMP by name', () =>
    fails(bmp(4, 3, 24, 4), 'bmp', 'ERR_IMAGE_FORMAT', /it is JPEG of 24 bits/));
  it('refuses RLE8 of 24 bits', () => fails(bmp(4, 3, 24, 1), 'bmp', 'ERR_IMAGE_FORMAT', /it is RLE8 of 24 bits/));
  it('refuses bit fields without their masks', () =>
    fails(bmp(4, 3, 16, 3), 'bmp', 'ERR_IMAGE_DECODE', /header must be whole/));
  it('refuses the short second header of OS/2', () => {
    const bytes = bmp(4, 3);
    bytes.writeUInt32LE(16, 14);
    fails(bytes, 'bmp', 'ERR_IMAGE_FORMAT', /it has 16$/);
  });
});
