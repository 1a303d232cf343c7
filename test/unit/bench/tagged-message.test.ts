import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { originIn, seqAt, tagMessages } from '../../../bench/load/tagged-message.js';
import { readVectorFile } from '../../vectors/load-vectors.js';

const JPEG = Buffer.from(readVectorFile('images/syn_color.jpg'));

describe('tagMessages()', () => {
  it('makes a JSON message whose picture is the JPEG with a comment', () => {
    const message = JSON.parse(Buffer.concat(tagMessages([JPEG]).parts(7)).toString());
    const picture = Buffer.from(message.image, 'base64');
    const comment = picture.readUInt16BE(4);
    assert.equal(picture.toString('latin1', 6, 4 + comment), '000000000000007');
    assert.deepEqual(picture.subarray(4 + comment), JPEG.subarray(2));
  });

  it('finds the number again in a result', () => {
    const origin = tagMessages([JPEG]).origin(123_456).toString();
    const result = Buffer.from(JSON.stringify({ afterProcess: '/9j/', origin }));
    assert.equal(seqAt(result, originIn(result) ?? -1), 123_456);
  });

  it('finds no number in a foreign picture', () => {
    const result = Buffer.from(JSON.stringify({ origin: JPEG.toString('base64') }));
    assert.equal(seqAt(result, originIn(result) ?? -1), undefined);
  });
});
