import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ServiceError } from '../../../src/std/errors.js';
import { createRedaction } from '../../../src/telemetry/log-fields.js';

const { fields, text } = createRedaction(['hunter22', 'x']);

test('fields() hides what is secret by name', () => {
  assert.deepEqual(fields({ password: 'a', http: { token: 'b' }, Authorization: 'c', tokens: 3 }), {
    password: '[hidden]',
    http: { token: '[hidden]' },
    Authorization: '[hidden]',
    tokens: 3,
  });
});

test('fields() hides a known secret inside any text, in errors and their causes too', () => {
  const error = new Error('refused hunter22', { cause: new Error('by hunter22') });
  error.stack = 'at hunter22';
  assert.doesNotMatch(JSON.stringify(fields({ err: error, list: ['hunter22'] })), /hunter22/);
});

test('text() hides the longer of two secrets where one holds the other', () => {
  assert.equal(createRedaction(['abcd', 'abcd-1234']).text('is abcd-1234'), 'is [hidden]');
});

test('text() leaves words alone that hold a secret too short to tell', () => {
  assert.equal(text('example'), 'example');
});

test('text() hides credentials in a URL', () => {
  assert.equal(text('connecting to mqtt://user:pass@broker:1883 …'), 'connecting to mqtt://[hidden]@broker:1883 …');
});

test('text() hides a secret that stands across the cut of a long text', () => {
  assert.doesNotMatch(text(`${'.'.repeat(4092)}hunter22`), /hunt/);
});

test('text() cuts a long text and says how long it was', () => {
  const cut = text('a'.repeat(100_000));
  assert.ok(cut.length < 4200);
  assert.match(cut, /… \(100000 characters\)$/);
});

test('fields() shows an error with code, details and cause', () => {
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

test('fields() names bytes by their number only', () => {
  assert.deepEqual(fields({ payload: Buffer.from('picture'), tensor: new Float32Array(2) }), {
    payload: '[7 bytes]',
    tensor: '[8 bytes]',
  });
});

test('fields() ends on a tree that holds itself', () => {
  const loop: Record<string, unknown> = {};
  loop['self'] = loop;
  assert.match(JSON.stringify(fields(loop)), /deeper/);
});

test('fields() ends on an error that is its own cause', () => {
  const error = new Error('round');
  error.cause = error;
  assert.match(JSON.stringify(fields({ err: error })), /round/);
});

test('fields() makes values fit for JSON', () => {
  assert.deepEqual(fields({ big: 5n, at: new Date(0), call: () => 1, bad: new Date(Number.NaN), none: null }), {
    big: '5',
    at: '1970-01-01T00:00:00.000Z',
    call: '[function]',
    bad: 'Invalid Date',
    none: null,
  });
});
