import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pictureInResult } from '../../../src/telemetry/result-picture.js';

const JPEG = Buffer.from('ffd8ffe000104a464946', 'hex');
const utf8 = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

test('pictureInResult() finds the picture in its field', () => {
  const picture = pictureInResult(utf8({ origin: 'x', after: JPEG.toString('base64') }), 'after');
  assert.deepEqual(Buffer.from(picture.read() ?? []), JPEG);
});

test('pictureInResult() takes the prefix of a data URL off', () => {
  const picture = pictureInResult(utf8({ origin: `data:image/jpeg;base64,${JPEG.toString('base64')}` }), 'origin');
  assert.deepEqual(Buffer.from(picture.read() ?? []), JPEG);
});

test('pictureInResult() has no picture where the field is absent or not a text', () => {
  assert.equal(pictureInResult(utf8({ defect: 1 }), 'afterProcess').read(), undefined);
  assert.equal(pictureInResult(utf8({ afterProcess: 1 }), 'afterProcess').read(), undefined);
});

test('pictureInResult() without a field takes the payload as the picture', () => {
  const read = pictureInResult(JPEG, undefined).read();
  assert.deepEqual(Buffer.from(read ?? []), JPEG);
  assert.notEqual(read?.buffer, JPEG.buffer, 'a copy: the memory may be used again while it is sent');
});

test('pictureInResult() holds the whole buffer that the payload is a view of', () => {
  assert.equal(pictureInResult(new Uint8Array(new ArrayBuffer(1000), 0, 10), 'x').heldBytes, 1000);
});
