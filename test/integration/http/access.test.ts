/**
 * What would go wrong: a page of another site reads pictures by DNS rebinding or sends its own, a container's port shows
 * pictures to the whole network.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, open } from '../../support/service/http-client.js';
import { firstResults, result, serve } from './serve.js';

test('a Host that is not allowed is refused everywhere, with what to do', async () => {
  await using setting = await serve();
  for (const path of ['/', '/livez', '/metrics', '/events', '/results/1', '/nothing']) {
    const { status, body } = await ask(`${setting.url}${path}`, { headers: { host: 'evil.example' } });
    assert.equal(status, 421, path);
    assert.match(body.toString(), /http\.allowedHosts/);
  }
});

test('with a token: probes and metrics are open, the rest is 401 without it', async () => {
  await using setting = await serve({ token: 's3cret' });
  setting.recent.add(result());
  for (const path of ['/livez', '/metrics']) assert.equal((await ask(`${setting.url}${path}`)).status, 200, path);
  for (const path of ['/', '/live.js', '/style.css', '/events', '/results/1']) {
    assert.equal((await ask(`${setting.url}${path}`)).status, 401, path);
    const headers = { authorization: 'Bearer s3cret' };
    const answer = await open(`${setting.url}${path}`, { headers });
    assert.equal(answer.statusCode, 200, path);
    answer.destroy();
  }
});

test('with a token: /?token= is swapped for a cookie that opens the page, its events and pictures', async () => {
  await using setting = await serve({ token: 's3cret' });
  setting.recent.add(result());
  const swap = await ask(`${setting.url}/?token=s3cret`);
  assert.deepEqual([swap.status, swap.headers.location], [303, '/']);
  const cookie = swap.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
  for (const path of ['/', '/results/1']) {
    assert.equal((await ask(`${setting.url}${path}`, { headers: { cookie } })).status, 200, path);
  }
});

test('with a token: a wrong one gets the page that asks for it, and no cookie', async () => {
  await using setting = await serve({ token: 's3cret' });
  const { status, headers, body } = await ask(`${setting.url}/?token=wrong`);
  assert.deepEqual([status, headers['set-cookie']], [401, undefined]);
  assert.match(body.toString(), /<input name="token" type="password"/);
});

test('reachable from other machines without a token: pictures and /inspect are off and say why', async () => {
  await using setting = await serve({ host: '0.0.0.0' }, { inspect: () => assert.fail('was called') });
  setting.recent.add(result());
  assert.equal(setting.server.showsPictures, false);
  const picture = await ask(`${setting.url}/results/1`);
  assert.equal(picture.status, 403);
  assert.match(picture.body.toString(), /http\.token is not set/);
  assert.equal((await ask(`${setting.url}/inspect`, { method: 'POST' })).status, 403);
  const { data } = await firstResults(setting.url, {});
  assert.equal((data as { picture: boolean }[])[0]?.picture, false);
});

test('reachable from other machines with a token: pictures are on', async () => {
  await using setting = await serve({ host: '0.0.0.0', token: 's3cret' });
  setting.recent.add(result());
  const { status } = await ask(`${setting.url}/results/1`, { headers: { authorization: 'Bearer s3cret' } });
  assert.equal(status, 200);
});

test('POST /inspect reaches its handler from no page or our own, not from a page elsewhere', async () => {
  await using setting = await serve({}, { inspect: (_, response) => void response.end('inspected') });
  const post = async (headers: Record<string, string>) =>
    (await ask(`${setting.url}/inspect`, { method: 'POST', headers, body: 'picture' })).status;
  assert.equal(await post({}), 200);
  assert.equal(await post({ origin: setting.url }), 200);
  assert.equal(await post({ origin: 'http://evil.example' }), 403);
  assert.equal((await ask(`${setting.url}/inspect`)).status, 405);
});

test('with a token: one with a + opens the page as it stands in the address bar', async () => {
  await using setting = await serve({ token: 'a+b/c==' });
  assert.equal((await ask(`${setting.url}/?token=a+b/c==`)).status, 303);
  assert.equal((await ask(`${setting.url}/?token=a%2Bb%2Fc%3D%3D`)).status, 303);
});
