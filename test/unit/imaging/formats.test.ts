import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { detectFormat, isPicture, REFUSED_FORMATS } from '../../../src/imaging/detect-format.js';
import { FORMAT_ROWS, mediaTypeOf } from '../../../src/imaging/formats.js';

const latin1 = (text: string) => Buffer.from(text, 'latin1');

// Signatures as the formats' own specifications give them.
const accepted = [
  ['jpeg', latin1('\xff\xd8\xff\xe0\0\x10JFIF')],
  ['png', latin1('\x89PNG\r\n\x1a\n\0\0\0\rIHDR')],
  ['webp', latin1('RIFF\x24\0\0\0WEBPVP8 ')],
  ['tiff', latin1('II*\0\x08\0\0\0')],
  ['tiff', latin1('MM\0*\0\0\0\x08')],
  ['tiff', latin1('II+\0\x08\0\0\0')],
  ['tiff', latin1('MM\0+\0\x08\0\0')],
  ['bmp', latin1('BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0')],
] as const;

const refused = [
  ['GIF', latin1('GIF89a\x01\0')],
  ['SVG', latin1('<svg xmlns="http://www.w3.org/2000/svg"/>')],
  ['SVG', latin1('\xef\xbb\xbf<?xml version="1.0"?>\n<!-- x -->\n<svg>')],
  ['PBM, PGM or PPM', latin1('P5\n2 2\n255\n\0\0\0\0')],
  ['HEIF or AVIF', latin1('\0\0\0\x20ftypavif')],
  ['HEIF or AVIF', latin1('\0\0\0\x20ftypheic')],
  ['MP4 or QuickTime', latin1('\0\0\0\x20ftypisom\0\0\x02\0')],
  ['MP4 or QuickTime', latin1('\0\0\0\x14ftypqt  ')],
  ['CR3', latin1('\0\0\0\x18ftypcrx ')],
  ['AVI', latin1('RIFF\x24\0\0\0AVI LIST')],
  ['Matroska or WebM', latin1('\x1a\x45\xdf\xa3\x01')],
  ['H.264 or H.265', latin1('\0\0\0\x01\x67\x64')],
  ['JPEG XR', latin1('II\xbc\x01\x20')],
  ['JPEG 2000', latin1('\0\0\0\x0cjP  \r\n\x87\n')],
  ['JPEG XL', latin1('\xff\x0a\0')],
  ['PDF', latin1('%PDF-1.7')],
  ['PSD', latin1('8BPS\0\x01')],
  ['OpenEXR', latin1('v/1\x01\x02\0')],
  ['Radiance HDR', latin1('#?RADIANCE\n')],
  ['ICO', latin1('\0\0\x01\0\x01\0')],
] as const;

describe('detectFormat()', () => {
  for (const [format, bytes] of accepted) {
    it(`tells ${format} by ${JSON.stringify(bytes.toString('latin1'))}`, () => {
      assert.equal(detectFormat(bytes), format);
    });
  }

  for (const [name, bytes] of refused) {
    it(`refuses ${name} by name: ${JSON.stringify(bytes.toString('latin1'))}`, () => {
      assert.throws(() => detectFormat(bytes), { code: 'ERR_IMAGE_FORMAT', details: { format: name } });
    });
  }

  it('names text that was sent as a picture', () => {
    assert.throws(() => detectFormat(Buffer.from('Größe: 5 µm\n')), { details: { format: 'text' } });
  });

  it('names text that is cut within a character', () => {
    const text = Buffer.from('x'.repeat(511) + 'é'.repeat(100));
    assert.throws(() => detectFormat(text), { details: { format: 'text' } });
  });

  it('does not take a word that begins with BM for a BMP', () => {
    assert.throws(() => detectFormat(Buffer.from('BMW built this machine in 1999')), { details: { format: 'text' } });
  });

  it('refuses bytes of no known format', () => {
    assert.throws(() => detectFormat(Buffer.of(0, 1, 2, 3)), { details: { format: 'an unknown format' } });
  });

  it('refuses no bytes', () => {
    assert.throws(() => detectFormat(new Uint8Array(0)), { code: 'ERR_IMAGE_FORMAT' });
  });
});

describe('isPicture()', () => {
  it('is true for every format with a name, also for refused ones', () => {
    assert.deepEqual(
      [...accepted, ...refused].filter(([, bytes]) => !isPicture(bytes)),
      [],
    );
  });

  for (const text of ['{"image":"x"}', '{\n "ftype":1,"image":"x"}', '[1]', 'hello', '"P5 "', '<html></html>', '']) {
    it(`is false for ${JSON.stringify(text)}`, () => {
      assert.equal(isPicture(Buffer.from(text)), false);
    });
  }
});

describe('mediaTypeOf()', () => {
  it('names the pictures that are inspected', () => {
    assert.equal(mediaTypeOf(Buffer.from('ffd8ffe0', 'hex')), 'image/jpeg');
    assert.equal(mediaTypeOf(Buffer.from('89504e470d0a1a0a', 'hex')), 'image/png');
    assert.equal(mediaTypeOf(Buffer.from('RIFF\0\0\0\0WEBPVP8 ')), 'image/webp');
    assert.equal(mediaTypeOf(Buffer.from('MM\0*')), 'image/tiff');
  });

  it('names nothing that can carry a script, and not too few bytes', () => {
    for (const text of ['<svg xmlns="http://www.w3.org/2000/svg">', '<!doctype html>', '', '\u00ff']) {
      assert.equal(mediaTypeOf(Buffer.from(text, 'latin1')), undefined);
    }
  });
});

describe('REFUSED_FORMATS', () => {
  it('has a sample of each', () => {
    assert.deepEqual(new Set(refused.map(([name]) => name)), new Set(REFUSED_FORMATS));
  });
});

describe('FORMATS', () => {
  it('has a sample of every format, which no other row matches', () => {
    const matching = accepted.map(([, bytes]) =>
      FORMAT_ROWS.filter(([, { matches }]) => matches(bytes)).map(([name]) => name),
    );
    assert.deepEqual(
      matching,
      accepted.map(([format]) => [format]),
    );
    assert.deepEqual(new Set(accepted.map(([format]) => format)), new Set(FORMAT_ROWS.map(([format]) => format)));
  });

  it('has extensions in lower case, each once', () => {
    const extensions = FORMAT_ROWS.flatMap(([, row]) => row.extensions);
    assert.ok(extensions.every((extension) => /^\.[a-z0-9]+$/.test(extension)));
    assert.equal(new Set(extensions).size, extensions.length);
  });
});
