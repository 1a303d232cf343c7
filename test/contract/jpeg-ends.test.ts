/** A JPEG that ends early is refused wherever it ends, and one that lacks its end marker alone is not. */
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { bgrSha256 } from '../support/pictures/bgr.js';
import { codecCases } from '../support/pictures/codecs.js';
import { readVectorFile } from '../vectors/load-vectors.js';

const LIMITS = { maxPixels: 1_000_000 };
const END_OF_IMAGE = Buffer.of(0xff, 0xd9);
/** What may stand in place of the end marker: nothing, zeros of a fixed buffer, text of the camera. */
const TAILS = [Buffer.alloc(0), Buffer.alloc(16), Buffer.from('CAMERA 1')];

for (const { name, skip, create } of codecCases()) {
  describe(`JPEG cut at every byte, by ${name}`, { skip }, () => {
    const codec = create();
    after(() => codec.close());
    const decode = async (bytes: Uint8Array) => bgrSha256(await codec.decode(bytes, 'jpeg', LIMITS));

    // Of restart.jpg each interval is two MCUs, so the cuts are at every restart marker and at the end of every row, too.
    for (const kind of ['grey', 'restart', 'progressive_restart']) {
      it(`${kind}.jpg is refused before the last byte of its data, and decoded behind it`, async () => {
        const whole = readVectorFile(`field/pictures/${kind}.jpg`);
        const dataEnd = whole.lastIndexOf(END_OF_IMAGE);
        const expected = await decode(whole);
        for (let length = 20; length < dataEnd; length++) {
          const message = `cut to ${length} of ${whole.length} bytes`;
          await assert.rejects(decode(whole.subarray(0, length)), { code: 'ERR_IMAGE_DECODE' }, message);
        }
        for (const tail of TAILS) {
          assert.equal(await decode(Buffer.concat([whole.subarray(0, dataEnd), tail])), expected);
        }
      });
    }
  });
}
