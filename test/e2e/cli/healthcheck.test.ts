import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { freePort } from '../../../src/std/loopback.js';
import { flawline } from '../../support/cli.js';

describe('flawline healthcheck', () => {
  it('ends with 1 when the answer breaks off', async () => {
    const server = createServer((_request, response) => {
      response.writeHead(200, { 'Content-Length': 10 }).write('{');
      setImmediate(() => response.destroy());
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const { code, out } = await flawline(['healthcheck'], { FLAWLINE_HTTP_PORT: String(port) });
    server.close();
    assert.equal(code, 1);
    assert.match(out, /not ready/);
  });

  it('ends with 1 when nothing answers', async () => {
    const { code, out } = await flawline(['healthcheck'], { FLAWLINE_HTTP_PORT: String(await freePort()) });
    assert.equal(code, 1);
    assert.match(out, /not ready/);
  });
});
