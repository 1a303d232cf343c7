/** What would go wrong: a stop waits for pages that stay open for ever; a port that is taken is not named. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, open } from '../../support/service/http-client.js';
import { serve } from './serve.js';

test('HttpServer.close() ends event streams and frees the port', async () => {
  const setting = await serve();
  const page = await open(`${setting.url}/events`);
  const ended = new Promise((resolve) => page.once('close', resolve));
  page.resume();
  await setting.server.close();
  await ended;
  await assert.rejects(ask(`${setting.url}/livez`), { code: 'ECONNREFUSED' });
});

test('startHttp() names the address that is taken', async () => {
  await using setting = await serve();
  await assert.rejects(serve({ port: setting.server.port }), {
    code: 'ERR_CONFIG',
    message: new RegExp(`127\\.0\\.0\\.1:${setting.server.port} \\(EADDRINUSE\\)`),
  });
});
