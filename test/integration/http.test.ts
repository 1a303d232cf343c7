/**
 * The HTTP server on a real socket. What would go wrong without: a page of another site reads pictures by DNS rebinding, a
 * container's port shows pictures to the whole network, a slow page eats the memory, an error shows its stack.
 */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { createDefectHistory } from '../../src/observe/defect-history.js';
import { type HttpOptions, type HttpParts, type HttpServer, startHttp } from '../../src/observe/http.js';
import { createLedger } from '../../src/observe/ledger.js';
import { createReadiness } from '../../src/observe/readiness.js';
import { createRecentDeadLetters } from '../../src/observe/recent-dead-letters.js';
import { createRecentResults, type RecentResult } from '../../src/observe/recent-results.js';
import { webFolder } from '../../src/package-root.js';
import { ask, open, readEvents } from '../support/http-client.js';

const JPEG = Buffer.from('ffd8ffe000104a464946', 'hex');
const MEASURES = { defect: 2, area: 0.01, largest: 0.008, score: 0.93, regions: [], width: 640, height: 480 };

interface Setting extends AsyncDisposable {
  readonly server: HttpServer;
  readonly url: string;
  readonly readiness: ReturnType<typeof createReadiness<'source'>>;
  readonly recent: ReturnType<typeof createRecentResults>;
  readonly deadLetters: ReturnType<typeof createRecentDeadLetters>;
  readonly logged: unknown[];
}

async function serve(options: Partial<HttpOptions> = {}, parts: Partial<HttpParts> = {}): Promise<Setting> {
  const readiness = createReadiness(['source']);
  const recent = createRecentResults({ maxCount: 50, maxBytes: 1000 });
  const deadLetters = createRecentDeadLetters(5);
  const logged: unknown[] = [];
  const counts = createLedger(['0']).snapshot();
  const server = await startHttp(
    {
      readiness: () => readiness.state(),
      metrics: { contentType: 'text/plain; version=0.0.4', text: async () => 'flawline_ready 1\n' },
      recent,
      deadLetters,
      history: createDefectHistory({ slotSeconds: 10, slots: 2, nowMs: () => 0 }),
      status: () => ({ version: '1.2.3', counts }),
      logger: { error: ({ err }) => logged.push(err) },
      ...parts,
    },
    {
      host: '127.0.0.1',
      port: 0,
      allowedHosts: ['localhost', '127.0.0.1'],
      webFolder: webFolder,
      ...options,
    },
  );
  const url = `http://127.0.0.1:${server.port}`;
  return { server, url, readiness, recent, deadLetters, logged, [Symbol.asyncDispose]: () => server.close() };
}

function result(id = 'a'): RecentResult {
  return {
    id,
    topic: 'line/1',
    rules: ['default'],
    measures: MEASURES,
    inferenceTimeMs: 12,
    endToEndMs: 20,
    receivedAtMs: 0,
    picture: { heldBytes: JPEG.byteLength, render: 'pair', read: () => JPEG },
  };
}

test('/livez is green whatever the readiness', async () => {
  await using setting = await serve();
  assert.equal((await ask(`${setting.url}/livez`)).status, 200);
});

test('/readyz is 503 with the reasons until every condition holds, then 200', async () => {
  await using setting = await serve();
  setting.readiness.fail('source', 'connection refused');
  const red = await ask(`${setting.url}/readyz`);
  assert.equal(red.status, 503);
  assert.deepEqual(JSON.parse(red.body.toString()), {
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

test('/ and its files are served with their types, under a policy that allows nothing inline and nothing from elsewhere', async () => {
  await using setting = await serve();
  const types: readonly (readonly [string, string])[] = [
    ['/', 'text/html'],
    ['/live.js', 'text/javascript'],
    ['/style.css', 'text/css'],
    ['/favicon.svg', 'image/svg+xml'],
  ];
  for (const [path, type] of types) {
    const { status, headers } = await ask(`${setting.url}${path}`);
    assert.equal(status, 200, path);
    assert.equal(headers['content-type']?.split(';')[0], type);
    const policy = String(headers['content-security-policy']);
    assert.match(policy, /default-src 'none'.*script-src 'self'.*frame-ancestors 'none'/);
    assert.doesNotMatch(policy, /unsafe|https?:|\*/);
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['referrer-policy'], 'no-referrer');
  }
});

test('the page refers to nothing but its own files, and has no inline script or style', async () => {
  await using setting = await serve();
  const html = (await ask(`${setting.url}/`)).body.toString();
  for (const [, link] of html.matchAll(/(?:src|href)="([^"]*)"/g)) {
    assert.equal((await ask(`${setting.url}${link}`)).status < 404 || link === '/readyz', true, link);
  }
  assert.doesNotMatch(html, /<style|style="|<script(?![^>]*src=)|\son[a-z]+=/);
});

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

test('a Host that is not allowed is refused everywhere, with what to do', async () => {
  await using setting = await serve();
  for (const path of ['/', '/livez', '/metrics', '/events', '/results/1', '/nothing']) {
    const { status, body } = await ask(`${setting.url}${path}`, { headers: { host: 'evil.example' } });
    assert.equal(status, 421, path);
    assert.match(body.toString(), /http\.allowedHosts/);
  }
});

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

test('/events says hello, the status, and what is held, then what comes', async () => {
  await using setting = await serve();
  setting.recent.add(result('first'));
  const response = await open(`${setting.url}/events`);
  assert.equal(response.headers['content-type'], 'text/event-stream; charset=utf-8');
  const names: string[] = [];
  const ids: unknown[] = [];
  for await (const { name, data } of readEvents(response)) {
    names.push(name);
    if (name !== 'results') continue;
    for (const row of data as { id: string; picture: unknown }[]) ids.push(row.id, row.picture);
    if (ids.length === 2) setting.recent.add(result('second'));
    if (ids.length === 4) break;
  }
  assert.deepEqual(names.slice(0, 3), ['hello', 'status', 'results']);
  assert.deepEqual(ids, ['first', true, 'second', true]);
});

test('/events says the dead letters with their reasons, all of them again at each connection', async () => {
  await using setting = await serve();
  setting.deadLetters.add({ topic: 't', code: 'ERR_PAYLOAD_JSON', message: 'm', payloadBytes: 1, receivedAtMs: 0 });
  for (const lastId of ['', `${'0'.repeat(8)}-1`]) {
    const events = readEvents(await open(`${setting.url}/events`, { headers: { 'last-event-id': lastId } }));
    for await (const { name, data } of events) {
      if (name !== 'dead-letters') continue;
      assert.deepEqual(data, [
        { n: 1, topic: 't', code: 'ERR_PAYLOAD_JSON', message: 'm', payloadBytes: 1, receivedAtMs: 0 },
      ]);
      break;
    }
  }
});

test('/results/<n>/original is the picture as it came in, and 404 when the result does not carry it', async () => {
  await using setting = await serve();
  const picture = { heldBytes: 1, render: 'pair' as const, read: () => JPEG };
  setting.recent.add({ ...result(), picture: { ...picture, readOriginal: () => Buffer.from('424d0000', 'hex') } });
  setting.recent.add({ ...result(), picture });
  const { status, headers } = await ask(`${setting.url}/results/1/original`);
  assert.deepEqual([status, headers['content-type']], [200, 'image/bmp']);
  assert.equal((await ask(`${setting.url}/results/2/original`)).status, 404);
});

test('/events goes on where a page was when it connects again', async () => {
  await using setting = await serve();
  setting.recent.add(result('first'));
  const lastId = await firstResults(setting.url, {}).then(({ id }) => id ?? '');
  setting.recent.add(result('second'));
  const { data } = await firstResults(setting.url, { 'last-event-id': lastId });
  assert.deepEqual(
    (data as { id: string }[]).map(({ id }) => id),
    ['second'],
  );
});

test('/events starts afresh for a page of a process before this one', async () => {
  await using setting = await serve();
  setting.recent.add(result('first'));
  const { data } = await firstResults(setting.url, { 'last-event-id': '00000000-1' });
  assert.equal((data as unknown[]).length, 1);
});

async function firstResults(url: string, headers: Record<string, string>) {
  for await (const event of readEvents(await open(`${url}/events`, { headers }))) {
    if (event.name === 'results') return event;
  }
  throw new Error('the stream ended without results');
}

test('/events takes only so many pages, and a place is free when one leaves', async () => {
  await using setting = await serve();
  const pages = await Promise.all(Array.from({ length: 16 }, () => open(`${setting.url}/events`)));
  assert.equal((await ask(`${setting.url}/events`)).status, 503);
  pages[0]?.destroy();
  const deadline = Date.now() + 5000;
  let status = 503;
  while (status === 503 && Date.now() < deadline) {
    const response = await open(`${setting.url}/events`);
    status = response.statusCode ?? 0;
    response.destroy();
  }
  assert.equal(status, 200);
  for (const page of pages) page.destroy();
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
