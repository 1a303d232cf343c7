import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { WHEEL_NAME, wheel } from './wheel.js';

/** A server on loopback; the paths that were asked for stand in `requests`. */
export async function startServer(listener: RequestListener) {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(request.url ?? '');
    listener(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return {
    server,
    requests,
    url: `http://127.0.0.1:${address.port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A simple index with our wheel behind a redirect, and another file whose name is a part of it. */
export function startIndex(body: Uint8Array = wheel) {
  return startServer(({ url = '' }, response) => {
    if (url === '/simple/openvino/') {
      const other = WHEEL_NAME.replace('x86_64', 'aarch64');
      response.end(
        `<html><a href="../../files/${other}">${other}</a> <a data-x="1" href="../../files/${WHEEL_NAME}#sha256=0">${WHEEL_NAME}</a>`,
      );
    } else if (url === `/files/${WHEEL_NAME}`) response.writeHead(302, { location: '/moved' }).end();
    else if (url === '/moved') response.end(body);
    else response.writeHead(404).end();
  });
}
