/**
 * What would go wrong: a file beside the page is served, an error shows its stack, a request eats the memory or ends the
 * server.
 */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { ask } from '../../support/service/http-client.js';
import { serve } from './serve.js';

test('paths that are not in the table are 404, files beside the page too', async () => {
  await using setting = await serve();
  for (const path of [
    '/unlock.html',
    '/../package.json',
    '/%2e%2e/package.json',
    '/live.js/',
    '/results/',
    '/results/0',
    '/results/1e3',
    '/config',
    '//',
    '/inspect',
    '/streams',
  ]) {
    assert.equal((await ask(`${setting.url}${path}`)).status, 404, path);
  }
});

test('methods but GET and HEAD are 405 with Allow', async () => {
  await using setting = await serve();
  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE']) {
    const { status, headers } = await ask(`${setting.url}/metrics`, { method });
    assert.deepEqual([status, headers.allow], [405, 'GET, HEAD'], method);
  }
});

test('HEAD is answered as GET without the body', async () => {
  await using setting = await serve();
  const { status, headers, body } = await ask(`${setting.url}/metrics`, { method: 'HEAD' });
  assert.deepEqual([status, headers['content-length'], body.length], [200, '17', 0]);
});

test('a failure inside is a 500 without a word of it, and goes to the log', async () => {
  const failure = new Error('secret detail');
  await using setting = await serve(
    {},
    { metrics: { contentType: 'text/plain', text: () => Promise.reject(failure) } },
  );
  const { status, body } = await ask(`${setting.url}/metrics`);
  assert.equal(status, 500);
  assert.doesNotMatch(body.toString(), /secret|at |\.js/);
  assert.deepEqual(setting.logged, [failure]);
});

test('headers above the limit are refused', async () => {
  await using setting = await serve();
  const { status } = await ask(`${setting.url}/livez`, { headers: { 'x-long': 'a'.repeat(10_000) } });
  assert.equal(status, 431);
});

test('a body that nobody asked for is not read: the connection ends', async () => {
  await using setting = await serve();
  const socket = connect(setting.server.port, '127.0.0.1');
  socket.write('GET /livez HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000000\r\n\r\n');
  let text = '';
  for await (const chunk of socket) text += (chunk as Buffer).toString();
  assert.match(text, /^HTTP\/1\.1 200 .*Connection: close/s);
});

test('hostile request lines and headers never harm the server', async () => {
  await using setting = await serve();
  for (const line of [
    'GET / HTTP/1.1\r\n\r\n',
    'GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
    'GET /?token=%ff%zz&token HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
    'GET * HTTP/1.0\r\nHost: localhost\r\n\r\n',
    `GET /${'a/'.repeat(3000)} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
    'GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n',
    '\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03\r\n\r\n',
  ]) {
    const socket = connect(setting.server.port, '127.0.0.1');
    socket.on('error', () => undefined).end(line);
    socket.resume();
    await new Promise((resolve) => socket.once('close', resolve));
  }
  assert.equal((await ask(`${setting.url}/livez`)).status, 200);
  assert.deepEqual(setting.logged, []);
});
