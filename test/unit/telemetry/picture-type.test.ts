import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pictureType } from '../../../src/telemetry/picture-type.js';

test('pictureType() knows the pictures a browser may be given', () => {
  assert.equal(pictureType(Buffer.from('ffd8ffe0', 'hex')), 'image/jpeg');
  assert.equal(pictureType(Buffer.from('89504e470d0a1a0a', 'hex')), 'image/png');
  assert.equal(pictureType(Buffer.from('RIFF\0\0\0\0WEBPVP8 ')), 'image/webp');
  assert.equal(pictureType(Buffer.from('MM\0*')), 'image/tiff');
});

test('pictureType() knows nothing that can carry a script, and not too few bytes', () => {
  for (const text of ['<svg xmlns="http://www.w3.org/2000/svg">', '<!doctype html>', '', '\u00ff']) {
    assert.equal(pictureType(Buffer.from(text, 'latin1')), undefined);
  }
});
