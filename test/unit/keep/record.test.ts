/** What would go wrong: an id from a message leaves the folder, or a record that somebody wrote points out of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isKey, nameOf, parseRecord, timeOf } from '../../../src/keep/record.js';
import { measuresOf } from '../../support/builders.js';

const AT = Date.UTC(2026, 10, 29, 22, 44, 48, 123);

test('nameOf() begins with the time, and keeps an id that fits', () => {
  assert.equal(nameOf(AT, 'part-7'), '20261129T224448123Z-part-7');
  assert.equal(timeOf(nameOf(AT, 'part-7')), AT);
});

for (const id of ['../../etc/passwd', 'a/b', '', 'x'.repeat(300), 'Blech ü', '.hidden', 'a\nb']) {
  test(`nameOf() makes one level of the id ${JSON.stringify(id.slice(0, 20))}`, () => {
    assert.ok(isKey(`default/${nameOf(AT, id)}`), nameOf(AT, id));
  });
}

test('nameOf() keeps ids apart that differ only in what does not fit', () => {
  assert.notEqual(nameOf(AT, 'a/b'), nameOf(AT, 'a:b'));
});

for (const key of [
  'default',
  '../x/20261129T224448123Z-a',
  'default/../a',
  'default/20261129T224448123Z-a/b',
  '.d/20261129T224448123Z-a',
]) {
  test(`isKey() refuses ${key}`, () => assert.equal(isKey(key), false));
}

const RECORD = {
  format: 1,
  id: 'a',
  topic: 't',
  receivedAt: new Date(AT).toISOString(),
  model: 'm@1',
  reasons: [],
  rules: [],
  picture: 'a.jpg',
  measures: measuresOf(),
};

test('parseRecord() reads what is written', () => assert.deepEqual(parseRecord(JSON.stringify(RECORD)), RECORD));

for (const [title, over] of [
  ['a later format', { format: 2 }],
  ['a picture in another folder', { picture: '../a.jpg' }],
  ['a picture that is no picture', { picture: 'a.html' }],
  ['no measures', { measures: undefined }],
] as const) {
  test(`parseRecord() refuses ${title}`, () => {
    assert.equal(parseRecord(JSON.stringify({ ...RECORD, ...over })), undefined);
  });
}
