import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readHeader } from '../../../src/imaging/create-codec.js';
import { createSharpDecoder } from '../../../src/imaging/sharp.js';
import { readVectorFile } from '../../vectors/load-vectors.js';

describe('createSharpDecoder()', () => {
  const latch = new SharedArrayBuffer(4);
  const decoder = createSharpDecoder(latch);
  const bytes = readVectorFile('images/syn_color.png');
  const header = readHeader(bytes, 'png', { maxPixels: 1e6 });

  it('decode() refuses a picture of another size than its header says', async () => {
    await assert.rejects(async () => await decoder.decode(bytes, { ...header, width: 360, height: 480 }), {
      code: 'ERR_IMAGE_DECODE',
      message: /size of its header, 360×480: it has 480×360/,
    });
  });

  it('decode() refuses a picture of more pixels than its header says', async () => {
    await assert.rejects(async () => await decoder.decode(bytes, { ...header, height: 359 }), {
      code: 'ERR_IMAGE_DECODE',
    });
  });

  // A worker that starts, or replaces another, while the others decode: libvips is one for all threads.
  it('does not disturb pictures that other threads decode at the moment', async () => {
    for (let picture = 0; picture < 100; picture += 1) {
      const decoding = decoder.decode(bytes, header);
      for (let start = 0; start < 100; start += 1) createSharpDecoder(latch);
      await assert.doesNotReject(decoding);
    }
  });

  // The library reads more formats than are wanted; what was not recognised by its first bytes never gets here.
  for (const file of ['images/syn_gif.gif', 'images/syn_pgm.pgm']) {
    it(`has no loader for ${file}`, async () => {
      await assert.rejects(async () => await decoder.decode(readVectorFile(file), header), {
        message: /unsupported image format/,
      });
    });
  }
});
