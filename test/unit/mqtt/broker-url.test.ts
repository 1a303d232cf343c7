import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brokerUrlFault, isPlaintextRemote, normaliseBrokerUrl, redactUrl } from '../../../src/mqtt/endpoint.js';

for (const url of [
  'mqtt://localhost',
  'mqtt://localhost:1883',
  'mqtts://broker.example:8883/',
  'tcp://10.0.0.1:1883',
  'ssl://[fe80::1]:8883',
  'ws://broker/mqtt',
  'wss://broker:443/mqtt?x=1',
  'MQTT://Broker',
]) {
  test(`brokerUrlFault() accepts ${url}`, () => assert.equal(brokerUrlFault(url), undefined));
}

for (const [url, rule] of [
  ['localhost:1883', /must be mqtt:/],
  ['http://localhost', /must be mqtt:/],
  ['mqtt://', /must/],
  ['mqtt://host:99999', /must be mqtt:/],
  ['mqtt://user:secret@host', /must not hold credentials/],
  ['mqtt://user:se/cr@et@host', /must/],
  ['mqtt://host/topic', /must end after the port/],
  ['ws://host/mqtt#x', /fragment/],
] as const) {
  test(`brokerUrlFault() refuses ${url}`, () => assert.match(brokerUrlFault(url) ?? '', rule));
}

for (const [text, shown] of [
  ['mqtt://user:secret@host:1883', 'mqtt://***@host:1883'],
  ['mqtt://user:sec@ret@host', 'mqtt://***@host'],
  ['user:secret@host', '***@host'],
  ['mqtt://user:sec,ret@host', 'mqtt://***@host'],
  ['wss://host/mqtt?signature=secret', 'wss://host/mqtt?***'],
  ['mqtt://host:1883', 'mqtt://host:1883'],
] as const) {
  test(`redactUrl() shows ${text} as ${shown}`, () => assert.equal(redactUrl(text), shown));
}

test('normaliseBrokerUrl() names tcp and ssl by what they are', () => {
  assert.deepEqual(['tcp://h:1', 'ssl://h', 'mqtt://h', 'wss://h/mqtt'].map(normaliseBrokerUrl), [
    'mqtt://h:1',
    'mqtts://h',
    'mqtt://h',
    'wss://h/mqtt',
  ]);
});

test('isPlaintextRemote() is false for TLS and for this machine', () => {
  assert.deepEqual(
    ['mqtt://b', 'ws://b:8083/mqtt', 'mqtts://b', 'wss://b', 'mqtt://localhost', 'ws://[::1]:1'].map(isPlaintextRemote),
    [true, true, false, false, false, false],
  );
});
