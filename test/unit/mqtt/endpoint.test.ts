import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readEndpoint } from '../../../src/mqtt/endpoint.js';
import { brokerConfig } from '../../support/broker/mqtt-parts.js';

const endpoint = (url: string, overrides = {}) => readEndpoint(brokerConfig(url, overrides), url);

test('readEndpoint() takes tcp:// for mqtt:// and ssl:// for mqtts://, each with its port', () => {
  const urls = ['mqtt://h', 'tcp://h', 'mqtts://h', 'ssl://h:1', 'ws://h', 'wss://h/mqtt?a=b'];
  assert.deepEqual(
    urls.map((url) => {
      const { protocol, host, port, path } = endpoint(url);
      return [protocol, host, port, path];
    }),
    [
      ['mqtt', 'h', 1883, undefined],
      ['mqtt', 'h', 1883, undefined],
      ['mqtts', 'h', 8883, undefined],
      ['mqtts', 'h', 1, undefined],
      ['ws', 'h', 80, '/'],
      ['wss', 'h', 443, '/mqtt?a=b'],
    ],
  );
});

test('readEndpoint() takes an IPv6 address out of its brackets for a socket and leaves them for a WebSocket', () => {
  assert.deepEqual([endpoint('mqtt://[::1]').hostname, endpoint('ws://[::1]').hostname], ['::1', '[::1]']);
});

test('readEndpoint() asks for the certificate of the host name, and of none for an address', () => {
  assert.deepEqual([endpoint('mqtts://h').servername, endpoint('mqtts://10.0.0.1').servername], ['h', undefined]);
});

test('readEndpoint() refuses what is no URL of a broker as ERR_CONFIG', () => {
  for (const url of ['localhost', 'http://h', 'mqtt://', 'h:1883']) {
    assert.throws(() => endpoint(url), { code: 'ERR_CONFIG' }, url);
  }
});

test('readEndpoint() refuses to send a password in plain text off this machine as ERR_CONFIG', () => {
  assert.throws(() => endpoint('mqtt://10.0.0.1', { username: 'u', password: 'p' }), { code: 'ERR_CONFIG' });
});

test('readEndpoint() sends a password over TLS, to loopback, or when allowed', () => {
  const secret = { username: 'u', password: 'p' };
  const passwords = [
    endpoint('mqtts://10.0.0.1', secret),
    endpoint('mqtt://localhost', secret),
    endpoint('ws://127.0.0.2', secret),
    endpoint('mqtt://[::1]', secret),
    endpoint('mqtt://10.0.0.1', { ...secret, allowPlaintextPassword: true }),
  ].map(({ password }) => password);
  assert.deepEqual(passwords, ['p', 'p', 'p', 'p', 'p']);
});

test('readEndpoint() reads the password file again at each call, without the line break at its end', async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'flawline-'));
  t.after(() => rm(dir, { recursive: true }));
  const passwordFile = join(dir, 'password');
  await writeFile(passwordFile, 'old\n');
  const before = endpoint('mqtt://localhost', { passwordFile }).password;
  await writeFile(passwordFile, 'new');
  assert.deepEqual([before, endpoint('mqtt://localhost', { passwordFile }).password], ['old', 'new']);
});

test('readEndpoint() names a file that cannot be read as ERR_CONFIG', () => {
  assert.throws(() => endpoint('mqtts://h', { caFile: '/nowhere/ca.pem' }), {
    code: 'ERR_CONFIG',
    message: /\/nowhere\/ca\.pem/,
  });
});

test('readEndpoint() verifies the certificate unless insecure', () => {
  assert.deepEqual(
    [endpoint('mqtts://h').rejectUnauthorized, endpoint('mqtts://h', { insecure: true }).rejectUnauthorized],
    [true, false],
  );
});
