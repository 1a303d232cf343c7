import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tagJpeg, tagOfOrigin } from '../../../src/cli/read-result.js';
import { createCodec } from '../../../src/imaging/create-codec.js';
import { readVectorFile } from '../../vectors/load-vectors.js';

const jpeg = readVectorFile('images/syn_color.jpg');

test('tagJpeg() leaves the pixels alone', async () => {
  const codec = createCodec();
  const limits = { maxPixels: 1e6 };
  const plain = (await codec.decode(jpeg, 'jpeg', limits)).data.slice();
  assert.deepEqual((await codec.decode(tagJpeg(jpeg, 'a-1'), 'jpeg', limits)).data.slice(), plain);
  codec.close();
});

test('tagOfOrigin() finds the tag again', () => {
  assert.equal(tagOfOrigin(tagJpeg(jpeg, 'a-1').toString('base64')), 'a-1');
});

test('tagOfOrigin() finds none in other pictures, short texts and nothing', () => {
  assert.deepEqual([jpeg.toString('base64'), '/9j/', undefined].map(tagOfOrigin), [undefined, undefined, undefined]);
});
