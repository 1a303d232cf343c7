/** What would go wrong: a service that is not ready gets pictures, or one that lives is restarted. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask } from '../../support/service/http-client.js';
import { serve } from './serve.js';

test('/livez is green whatever the readiness', async () => {
  await using setting = await serve();
  assert.equal((await ask(`${setting.url}/livez`)).status, 200);
});

test('/readyz is 503 with the reasons until every condition holds, then 200, and says whose service it is', async () => {
  await using setting = await serve();
  setting.readiness.fail('source', 'connection refused');
  const red = await ask(`${setting.url}/readyz`);
  assert.equal(red.status, 503);
  assert.deepEqual(JSON.parse(red.body.toString()), {
    clientId: 'flawline',
    ready: false,
    reasons: ['source: connection refused'],
    conditions: [{ name: 'source', ok: false, reason: 'connection refused' }],
  });
  setting.readiness.fulfil('source');
  assert.equal((await ask(`${setting.url}/readyz`)).status, 200);
});

test('/metrics is the text of the metrics with its content type', async () => {
  await using setting = await serve();
  const { status, headers, body } = await ask(`${setting.url}/metrics`);
  assert.deepEqual(
    [status, headers['content-type'], body.toString()],
    [200, 'text/plain; version=0.0.4', 'flawline_ready 1\n'],
  );
});
