import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearest } from '../../../src/std/nearest-name.js';

const KNOWN = ['mqtt.url', 'mqtt.username', 'sink.topic', 'source.topics'];

for (const [name, near] of [
  ['mqtt.ulr', 'mqtt.url'],
  ['mqtt.user', 'mqtt.url'],
  ['MQTT.USERNAME', 'mqtt.username'],
  ['source.topic', 'source.topics'],
  ['nothing.like.it', undefined],
  ['x'.repeat(100_000), undefined],
  ['', undefined],
] as const) {
  test(`nearest() of ${name.slice(0, 20)} is ${near}`, () => assert.equal(nearest(name, KNOWN), near));
}
