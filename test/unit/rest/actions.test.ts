import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readAction } from '../../../src/rest/actions.js';

const MQTT = { server: 'tcp://broker:1883', topic: 'results' };

function read(props: object) {
  return readAction({ mqtt: { ...MQTT, ...props } }, '/');
}

test('an action mqtt has eKuiper’s defaults, but publishes at QoS 1', () => {
  const { action, sink } = read({});
  assert.deepEqual(action, {
    ...{ kind: 'mqtt', sink: sink?.key, topic: 'results', qos: 1, retain: false },
    ...{ sendSingle: false, omitIfEmpty: false },
  });
  assert.deepEqual(sink?.broker, { url: ['mqtt://broker:1883'], insecure: false, allowPlaintextPassword: false });
});

test('everything that an action mqtt may say is taken', () => {
  const { action, sink } = read({
    ...{
      server: 'ssl://broker:8883',
      topic: 'line/{{.station}}',
      qos: 0,
      retained: true,
      clientId: 'press',
      username: 'u',
    },
    ...{
      password: 'p',
      protocolVersion: '5',
      insecureSkipVerify: true,
      sendSingle: true,
      dataField: 'd',
      fields: ['a'],
    },
    ...{ omitIfEmpty: true, rootCaPath: process.execPath, enableCache: true, bufferLength: 16, format: 'json' },
  });
  assert.deepEqual(action, {
    ...{ kind: 'mqtt', sink: sink?.key, topic: 'line/{{.station}}', qos: 0, retain: true },
    ...{ sendSingle: true, omitIfEmpty: true, dataField: 'd', fields: ['a'] },
  });
  assert.deepEqual(
    { clientId: sink?.clientId, version: sink?.protocolVersion, ...sink?.broker },
    {
      ...{ clientId: 'press', version: 5, url: ['mqtts://broker:8883'], insecure: true, allowPlaintextPassword: false },
      ...{ username: 'u', password: 'p', caFile: process.execPath },
    },
  );
});

test('actions to one broker share a sink, with other credentials they do not', () => {
  assert.equal(read({ topic: 'a' }).sink?.key, read({ topic: 'b', sendSingle: true }).sink?.key);
  assert.notEqual(read({}).sink?.key, read({ username: 'other' }).sink?.key);
});

test('log and nop are actions', () => {
  assert.deepEqual(readAction({ log: {} }, '/'), { action: { kind: 'log' } });
  assert.deepEqual(readAction({ nop: {} }, '/'), { action: { kind: 'nop' } });
});

const REFUSED: readonly (readonly [action: unknown, message: RegExp])[] = [
  [{ nosuch: {} }, /^sink nosuch is not defined$/],
  [{ rest: { url: 'http://x' } }, /^sink rest is not supported here/],
  [{ mqtt: { server: 'tcp://broker:1883' } }, /^mqtt sink is missing property topic$/],
  [{ mqtt: { topic: 'x' } }, /^missing server property$/],
  [{ mqtt: { ...MQTT, topic: 'a/#' } }, /^mqtt sink topic shouldn't contain # or \+$/],
  [{ mqtt: { ...MQTT, topic: '{{.a | upper}}' } }, /nothing in \{\{ \}\} but/],
  [{ mqtt: { ...MQTT, server: 'broker' } }, /server must be mqtt:/],
  [{ mqtt: { ...MQTT, server: 'tcp://u:p@broker' } }, /must not hold credentials/],
  [{ mqtt: { ...MQTT, dataTemplate: '{{.a}}' } }, /property dataTemplate is not supported/],
  [{ mqtt: { ...MQTT, compression: 'gzip' } }, /property compression is not supported/],
  [{ mqtt: { ...MQTT, format: 'protobuf' } }, /format must be json/],
  [{ mqtt: { ...MQTT, qos: 2 } }, /qos must be one of 0, 1/],
  [{ mqtt: { ...MQTT, sendSingle: 'yes' } }, /sendSingle must be true or false/],
  [{ mqtt: { ...MQTT, fields: ['a'], excludeFields: ['b'] } }, /cannot both be set/],
  [{ mqtt: { ...MQTT, password: 'p' } }, /password goes to another machine/],
  [{ mqtt: { ...MQTT, password: '******' } }, /given anew/],
  [{ mqtt: { ...MQTT, rootCaPath: '/nowhere/ca.pem' } }, /rootCaPath must be a readable file/],
  [{ mqtt: { ...MQTT, certificationPath: process.execPath } }, /belong together/],
  [{}, /must be one sink/],
  [null, /must be one sink/],
  [{ mqtt: MQTT, log: {} }, /must be one sink/],
];

for (const [action, message] of REFUSED) {
  test(`the action ${JSON.stringify(action)} is refused with eKuiper’s code`, () => {
    assert.throws(() => readAction(action, '/'), { name: 'RestError', code: 2201, status: 400, message });
  });
}
