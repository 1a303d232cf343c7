import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClosedBeforeConnack, describeConnectFault } from '../../../src/mqtt/connect-fault.js';

const coded = (message: string, code: string | number): Error => Object.assign(new Error(message), { code });

for (const [title, cause, url, protocolVersion, expected] of [
  [
    'a close without a byte',
    new ClosedBeforeConnack(),
    'mqtt://b',
    5,
    /^closed before CONNACK\. .*mqtt\.protocolVersion: 4/,
  ],
  ['the same in 3.1.1', new ClosedBeforeConnack(), 'mqtt://b', 4, /mqtt\.protocolVersion: 5/],
  [
    'a refused version',
    coded('Connection refused: Unacceptable protocol version', 1),
    'mqtt://b',
    5,
    /mqtt\.protocolVersion: 4/,
  ],
  [
    'a refused version in MQTT 5',
    coded('Unsupported Protocol Version', 0x84),
    'mqtt://b',
    5,
    /mqtt\.protocolVersion: 4/,
  ],
  ['a refused login', coded('Connection refused: Not authorized', 0x87), 'mqtt://b', 5, /Check username and password/],
  ['a refused client id', coded('Client Identifier not valid', 0x85), 'mqtt://b', 5, /mqtt\.clientId/],
  ['a full broker', coded('Connection refused: Server busy', 0x89), 'mqtt://b', 5, /^Connection refused: Server busy$/],
  [
    'no listener',
    coded('connect ECONNREFUSED 127.0.0.1:1883', 'ECONNREFUSED'),
    'mqtt://b',
    5,
    /start a broker.*FLAWLINE_MQTT_URL/,
  ],
  ['a host without an address', coded('getaddrinfo ENOTFOUND b', 'ENOTFOUND'), 'mqtt://b', 5, /host is not known/],
  ['a reset where TLS is spoken', coded('read ECONNRESET', 'ECONNRESET'), 'mqtts://b', 5, /speak TLS/],
  ['a reset', coded('read ECONNRESET', 'ECONNRESET'), 'mqtt://b', 5, /^read ECONNRESET$/],
  [
    'a web server',
    new Error('Invalid header flag bits, must be 0x0 for puback packet'),
    'mqtt://b',
    5,
    /is not an MQTT broker/,
  ],
  ['a web server behind a WebSocket', new Error('Unexpected server response: 404'), 'ws://b', 5, /path of the URL/],
  ['silence', new Error('no answer within 5000 ms'), 'mqtt://b', 5, /^no answer within 5000 ms$/],
  [
    'all addresses of a name',
    new AggregateError([
      coded('connect ECONNREFUSED ::1:1883', 'ECONNREFUSED'),
      coded('connect ECONNREFUSED 127.0.0.1:1883', 'ECONNREFUSED'),
    ]),
    ...(['mqtt://b', 5] as const),
    /^connect ECONNREFUSED ::1:1883, connect ECONNREFUSED 127.0.0.1:1883\. Nothing listens there/,
  ],
] as const) {
  test(`describeConnectFault() advises on ${title}`, () => {
    assert.match(describeConnectFault(cause, { url, protocolVersion }), expected);
  });
}
