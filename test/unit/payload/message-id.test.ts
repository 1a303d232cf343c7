import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { digestId, givenId, type MessageIdInput, messageDigest } from '../../../src/payload/message-id.js';

const message: MessageIdInput = { msg: {}, userProperties: [] };
const payload = Buffer.from('xyz');
// printf 'a/b\0xyz' | sha256sum
const DIGEST = 'dbc59104f5127893237fd1b9f06e38a5d956d4b78b8a6398fba708fc4885c419';

describe('givenId()', () => {
  it('is the JSON field id', () => assert.equal(givenId({ ...message, msg: { id: 'k-7' } }), 'k-7'));
  it('is the JSON field id as a number', () => assert.equal(givenId({ ...message, msg: { id: 42.5 } }), '42.5'));
  it('is the largest number that is exact', () =>
    assert.equal(givenId({ ...message, msg: { id: 2 ** 53 - 1 } }), '9007199254740991'));
  it('is the user property id', () =>
    assert.equal(
      givenId({
        ...message,
        userProperties: [
          ['x', '1'],
          ['id', 'p-1'],
        ],
      }),
      'p-1',
    ));
  it('prefers the JSON field', () =>
    assert.equal(givenId({ ...message, msg: { id: 'j' }, userProperties: [['id', 'p']] }), 'j'));
  it('is undefined otherwise', () => assert.equal(givenId(message), undefined));

  for (const [what, id] of [
    ['an empty string', ''],
    ['an object', {}],
    ['null', null],
    ['a number of 64 bits, which is rounded', JSON.parse('1234567890123456789')],
    ['a number that is too large', JSON.parse('-1e999')],
    ['true', true],
    ['more than 256 bytes', 'é'.repeat(129)],
    ['U+0000', 'a\0'],
    ['a line break', 'a\n'],
    ['half a surrogate pair', '\ud800'],
    ['U+FFFE, which is no character', 'a\ufffe'],
    ['U+1FFFF, which is no character', 'a\u{1ffff}'],
  ] as const) {
    it(`passes over ${what}`, () => assert.equal(givenId({ ...message, msg: { id } }), undefined));
  }
  it('takes an id of 256 bytes', () => {
    const id = 'é'.repeat(128);
    assert.equal(givenId({ ...message, msg: { id } }), id);
  });
  it('passes over a user property that is not usable', () =>
    assert.equal(givenId({ ...message, userProperties: [['id', '']] }), undefined));
});

describe('messageDigest()', () => {
  it('is a digest of topic and payload', () => assert.equal(messageDigest('a/b', payload), DIGEST));
  it('differs by topic', () => assert.notEqual(messageDigest('a/c', payload), DIGEST));
});

describe('digestId()', () => {
  it('is the first 32 digits', () => assert.equal(digestId(DIGEST), 'dbc59104f5127893237fd1b9f06e38a5'));
});
