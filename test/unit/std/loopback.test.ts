import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLoopback } from '../../../src/std/loopback.js';

for (const host of ['localhost', '127.0.0.1', '127.255.0.9', '::1', '[::1]', '::ffff:127.0.0.1']) {
  test(`isLoopback() knows that only this machine reaches ${host}`, () => assert.equal(isLoopback(host), true));
}

for (const host of [
  '0.0.0.0',
  '::',
  '10.0.0.1',
  '128.0.0.1',
  '127.0.0.1.evil',
  '::ffff:10.0.0.1',
  'localhost.example',
]) {
  test(`isLoopback() knows that others reach ${host}`, () => assert.equal(isLoopback(host), false));
}
