import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readHeader } from '../../../src/imaging/create-codec.js';
import { findTurbojpeg } from '../../../src/imaging/find-turbojpeg.js';
import { createTurboJpeg } from '../../../src/imaging/turbojpeg.js';
import { createScratch } from '../../../src/vision/scratch.js';
import { readVectorFile } from '../../vectors/load-vectors.js';

const library = findTurbojpeg();
const skip = library === undefined ? 'libturbojpeg is not installed (Debian: libturbojpeg0)' : false;

const { take } = createScratch();

describe('createTurboJpeg()', () => {
  it('refuses a file that is no library', () => {
    assert.throws(() => createTurboJpeg(new URL(import.meta.url).pathname, take), { code: 'ERR_RUNTIME_LOAD' });
  });
});

describe('TurboJpeg', { skip }, () => {
  const withTurboJpeg = <T>(use: (turbo: ReturnType<typeof createTurboJpeg>) => T): T => {
    const turbo = createTurboJpeg(library ?? '', take);
    try {
      return use(turbo);
    } finally {
      turbo.close();
    }
  };
  const decodes = (file: string, lie: { readonly width?: number; readonly height?: number } = {}): boolean => {
    const bytes = readVectorFile(file);
    const header = { ...readHeader(bytes, 'jpeg', { maxPixels: 1e6 }), ...lie };
    return withTurboJpeg((turbo) => typeof turbo.decode(bytes, header) === 'object');
  };

  it('decode() takes a sound picture', () => assert.equal(decodes('images/syn_color.jpg'), true));
  it('decode() leaves a size that is not the library’s own to others', () => {
    assert.deepEqual(
      [{ width: 481 }, { width: 479 }, { height: 361 }, { height: 359 }].map((lie) =>
        decodes('images/syn_color.jpg', lie),
      ),
      [false, false, false, false],
    );
  });
  it('decode() says at once that it does not know a sampling', () => {
    const bytes = Buffer.from(readVectorFile('images/syn_color.jpg'));
    bytes[bytes.indexOf(Buffer.of(0xff, 0xc0)) + 11] = 0x31;
    const header = readHeader(bytes, 'jpeg', { maxPixels: 1e6 });
    assert.equal(
      withTurboJpeg((turbo) => turbo.decode(bytes, header)),
      'unsupported',
    );
  });
  it('decode() leaves CMYK to others', () => assert.equal(decodes('images/syn_cmyk.jpg'), false));
  it('decode() leaves a picture that ends early to others', () =>
    assert.deepEqual([decodes('images/syn_no_eoi.jpg'), decodes('images/syn_truncated.jpg')], [false, false]));

  it('decode() gives a grey picture one channel', () => {
    const bytes = readVectorFile('images/syn_grey.jpg');
    const image = withTurboJpeg((turbo) => turbo.decode(bytes, readHeader(bytes, 'jpeg', { maxPixels: 1e6 })));
    assert.equal(typeof image === 'object' && image.channels, 1);
  });

  it('encodeJpeg() refuses one channel', () => {
    const image = { width: 1, height: 1, channels: 1, data: new Uint8Array(3) } as const;
    assert.throws(() => withTurboJpeg((turbo) => turbo.encodeJpeg(image)), RangeError);
  });
});
