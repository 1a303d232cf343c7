/** What would go wrong: a roll-back takes the version that was just left, or one that ran years ago. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createVersionBook } from '../../../src/catalogue/versions.js';

const version = (path: string) => {
  const entry = { id: 'm', path, device: 'CPU', precision: 'f32', selfTestIntervalSeconds: 0, settings: {} } as const;
  return { entry, digest: path, path };
};

function bookOf(...paths: readonly string[]) {
  const book = createVersionBook();
  for (const path of paths) book.runs('m', version(path));
  return book;
}

const numbers = (book: ReturnType<typeof createVersionBook>) => {
  const { running, former = [] } = book.of('m') ?? {};
  return [running?.number, former.map(({ number }) => number)];
};

test('the three versions before the running one stay, the latest first', () => {
  assert.deepEqual(numbers(bookOf('a')), [1, []]);
  assert.deepEqual(numbers(bookOf('a', 'b', 'c', 'd', 'e')), [5, [4, 3, 2]]);
});

test('a roll-back walks back, and the version after it takes a new number', () => {
  const book = bookOf('a', 'b', 'c');
  book.runs('m', version('b'), 2);
  assert.deepEqual(numbers(book), [2, [1]]);
  book.runs('m', version('a'), 1);
  assert.deepEqual(numbers(book), [1, []]);
  book.runs('m', version('d'));
  assert.deepEqual(numbers(book), [4, [1]]);
});

test('the same entry with other files is another version', () => {
  const book = bookOf('a', 'b');
  book.runs('m', version('b'), 2);
  assert.deepEqual(numbers(book), [3, [2, 1]]);
});

test('a model that is gone has no versions, and its numbers are not used again', () => {
  const book = bookOf('a', 'b');
  book.forget('m');
  assert.equal(book.of('m'), undefined);
  book.runs('m', version('c'));
  assert.deepEqual(numbers(book), [3, []]);
});
