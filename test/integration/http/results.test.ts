/** What would go wrong: markup that a publisher sent is served as a picture. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask } from '../../support/service/http-client.js';
import { JPEG, result, serve } from './serve.js';

/** As far as a BMP is told from a text that begins with BM: the size of its second header, 40. */
const BMP_HEADER = Buffer.concat([Buffer.from('BM'), Buffer.alloc(12), Buffer.from([40, 0, 0, 0])]);

test('/results/<n> is the picture with its type, and 404 when it is not held', async () => {
  await using setting = await serve();
  setting.recent.add(result());
  const { status, headers, body } = await ask(`${setting.url}/results/1`);
  assert.deepEqual([status, headers['content-type'], headers['cache-control']], [200, 'image/jpeg', 'no-store']);
  assert.deepEqual(body, JPEG);
  assert.equal((await ask(`${setting.url}/results/2`)).status, 404);
});

test('/results/<n> never gives anything but a picture, whatever the publisher sent', async () => {
  await using setting = await serve();
  const html = Buffer.from('<script>alert(1)</script>');
  setting.recent.add({ ...result(), picture: { heldBytes: 1, render: 'pair', read: () => html } });
  assert.equal((await ask(`${setting.url}/results/1`)).status, 404);
});

test('/results/<n>/original is the picture as it came in, and 404 when the result does not carry it', async () => {
  await using setting = await serve();
  const picture = { heldBytes: 1, render: 'pair' as const, read: () => JPEG };
  setting.recent.add({ ...result(), picture: { ...picture, readOriginal: () => BMP_HEADER } });
  setting.recent.add({ ...result(), picture });
  const { status, headers } = await ask(`${setting.url}/results/1/original`);
  assert.deepEqual([status, headers['content-type']], [200, 'image/bmp']);
  assert.equal((await ask(`${setting.url}/results/2/original`)).status, 404);
});
