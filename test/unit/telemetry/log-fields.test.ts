import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ServiceError } from '../../../src/std/errors.js';
import type { LogFields } from '../../../src/std/logger.js';
import { createHideSecrets, limitFields, limitText } from '../../../src/telemetry/logger.js';

const hide = createHideSecrets(['hunter22', 'x', 'quo"te\\d']);
const fields = (given: LogFields) => limitFields(given, hide);

test('hideSecrets hides the longer of two secrets where one holds the other', () => {
  assert.equal(createHideSecrets(['abcd', 'abcd-1234'])('is abcd-1234'), 'is [hidden]');
});

test('hideSecrets leaves words alone that hold a secret too short to tell', () => {
  assert.equal(hide('example'), 'example');
});

test('hideSecrets hides credentials in a URL', () => {
  assert.equal(hide('connecting to mqtt://user:pass@broker:1883 …'), 'connecting to mqtt://[hidden]@broker:1883 …');
});

test('hideSecrets hides a secret with a quotation mark and a backslash in a text, in JSON, and in JSON within JSON', () => {
  const inJson = JSON.stringify({ reason: 'quo"te\\d refused' });
  for (const text of ['quo"te\\d refused', inJson, JSON.stringify({ body: inJson })]) {
    assert.doesNotMatch(hide(text), /te\\+d/, text);
  }
});

test('hideSecrets keeps a line of JSON valid where a URL and an address stand in it', () => {
  const line = JSON.stringify({ url: 'mqtt://broker', quoted: 'mqtt://a"b:c@d', mail: 'a@b' });
  assert.deepEqual(JSON.parse(hide(line)), { url: 'mqtt://broker', quoted: 'mqtt://[hidden]@d', mail: 'a@b' });
});

test('limitText hides a secret that stands across the cut of a long text', () => {
  assert.doesNotMatch(limitText(`${'.'.repeat(4092)}hunter22`, hide), /hunt/);
});

test('limitText cuts a long text and says how long it was', () => {
  const cut = limitText('a'.repeat(100_000), hide);
  assert.ok(cut.length < 4200);
  assert.match(cut, /… \(100000 characters\)$/);
});

test('limitFields hides what is secret by name', () => {
  assert.deepEqual(fields({ password: 'a', http: { token: 'b' }, Authorization: 'c', tokens: 3 }), {
    password: '[hidden]',
    http: { token: '[hidden]' },
    Authorization: '[hidden]',
    tokens: 3,
  });
});

test('limitFields shows an error with code, details and cause', () => {
  const cause = Object.assign(new Error('connect refused'), { code: 'ECONNREFUSED' });
  const { err } = fields({ err: new ServiceError('ERR_BROKER', 'Cannot connect', { cause, details: { port: 1 } }) });
  const { stack: _, cause: shownCause, ...shown } = err as Record<string, unknown>;
  assert.deepEqual(shown, {
    type: 'ServiceError',
    code: 'ERR_BROKER',
    message: 'Cannot connect',
    details: { port: 1 },
  });
  assert.equal((shownCause as Record<string, unknown>)['code'], 'ECONNREFUSED');
});

test('limitFields names bytes by their number only, within an error too', () => {
  const err = Object.assign(new Error('refused'), { packet: { payload: Buffer.from('picture') } });
  const limited = fields({ payload: Buffer.from('picture'), tensor: new Float32Array(2), err });
  assert.equal(limited['payload'], '[7 bytes]');
  assert.equal(limited['tensor'], '[8 bytes]');
  assert.deepEqual((limited['err'] as Record<string, unknown>)['packet'], { payload: '[7 bytes]' });
});

test('limitFields ends on a tree that holds itself', () => {
  const loop: Record<string, unknown> = {};
  loop['self'] = loop;
  assert.match(JSON.stringify(fields(loop)), /deeper/);
});

test('limitFields ends on an error that is its own cause', () => {
  const error = new Error('round');
  error.cause = error;
  assert.match(JSON.stringify(fields({ err: error })), /round/);
});

test('limitFields makes values fit for JSON', () => {
  assert.deepEqual(fields({ big: 5n, at: new Date(0), call: () => 1, bad: new Date(Number.NaN), none: null }), {
    big: '5',
    at: '1970-01-01T00:00:00.000Z',
    call: '[function]',
    bad: 'Invalid Date',
    none: null,
  });
});
