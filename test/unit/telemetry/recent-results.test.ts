import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRecentResults, pictureInResult, type RecentResult } from '../../../src/telemetry/recent.js';
import { measuresOf } from '../../support/builders.js';

const MEASURES = measuresOf({ defect: 1 });

function result(id: string, heldBytes?: number): RecentResult {
  const row = { id, topic: 't', rules: [], measures: MEASURES, inferenceTimeMs: 1, endToEndMs: 2, receivedAtMs: 0 };
  return heldBytes === undefined
    ? row
    : { ...row, picture: { heldBytes, render: 'pair', read: () => new Uint8Array(heldBytes) } };
}

test('RecentResults.add() numbers results from 1', () => {
  const recent = createRecentResults({ maxCount: 3, maxBytes: 100 });
  for (const id of ['a', 'b']) recent.add(result(id));
  assert.deepEqual(
    recent.after(0).map(({ n }) => n),
    [1, 2],
  );
});

test('RecentResults holds at most maxCount, the newest', () => {
  const recent = createRecentResults({ maxCount: 2, maxBytes: 100 });
  for (const id of ['a', 'b', 'c']) recent.add(result(id));
  assert.deepEqual(
    recent.after(0).map(({ n, id }) => [n, id]),
    [
      [2, 'b'],
      [3, 'c'],
    ],
  );
  assert.equal(recent.get(1), undefined);
});

test('RecentResults.after() gives only newer ones', () => {
  const recent = createRecentResults({ maxCount: 5, maxBytes: 100 });
  for (const id of ['a', 'b', 'c']) recent.add(result(id));
  assert.deepEqual(
    recent.after(2).map(({ id }) => id),
    ['c'],
  );
  assert.deepEqual(recent.after(3), []);
  assert.deepEqual(recent.after(99), []);
});

test('RecentResults lets the oldest pictures go when they hold too many bytes, and keeps their rows', () => {
  const recent = createRecentResults({ maxCount: 5, maxBytes: 100 });
  for (const id of ['a', 'b', 'c']) recent.add(result(id, 40));
  assert.deepEqual(
    recent.after(0).map(({ id, picture }) => [id, picture !== undefined]),
    [
      ['a', false],
      ['b', true],
      ['c', true],
    ],
  );
});

test('RecentResults counts the bytes of a picture that left by count no longer', () => {
  const recent = createRecentResults({ maxCount: 2, maxBytes: 100 });
  for (const id of ['a', 'b', 'c', 'd']) recent.add(result(id, 50));
  assert.deepEqual(
    recent.after(0).map(({ picture }) => picture !== undefined),
    [true, true],
  );
});

test('RecentResults does not hold a picture larger than everything allowed', () => {
  const recent = createRecentResults({ maxCount: 2, maxBytes: 100 });
  recent.add(result('a', 101));
  assert.equal(recent.get(1)?.picture, undefined);
});

test('RecentResults releases each picture once, when it is let go by bytes or by count', () => {
  const released: string[] = [];
  const recent = createRecentResults({ maxCount: 3, maxBytes: 100 });
  const add = (id: string, heldBytes: number) => {
    const { picture, ...row } = result(id, heldBytes);
    if (picture !== undefined) recent.add({ ...row, picture: { ...picture, release: () => released.push(id) } });
  };
  add('a', 60);
  add('b', 60);
  assert.deepEqual(released, ['a']);
  add('c', 10);
  add('d', 10);
  assert.deepEqual(released, ['a'], 'the row of a leaves, its picture has left');
  add('e', 10);
  assert.deepEqual(released, ['a', 'b']);
});

test('RecentResults.get() finds no result at 0, a fraction, or beyond the newest', () => {
  const recent = createRecentResults({ maxCount: 2, maxBytes: 100 });
  recent.add(result('a'));
  assert.deepEqual(
    [0, 1.5, 2].map((n) => recent.get(n)),
    [undefined, undefined, undefined],
  );
});

const JPEG = Buffer.from('ffd8ffe000104a464946', 'hex');
const utf8 = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

test('pictureInResult() finds the picture in its field', () => {
  const picture = pictureInResult(utf8({ origin: 'x', after: JPEG.toString('base64') }), 'after');
  assert.deepEqual(Buffer.from(picture.read() ?? []), JPEG);
});

test('pictureInResult() finds it in the row of a list, too', () => {
  const picture = pictureInResult(Buffer.from(JSON.stringify([{ after: JPEG.toString('base64') }])), 'after');
  assert.deepEqual(picture.read(), JPEG);
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
