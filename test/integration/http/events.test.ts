/**
 * What would go wrong: a page that connects again misses results or sees them twice; pages without end eat the memory.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, open, readEvents } from '../../support/service/http-client.js';
import { firstResults, result, serve } from './serve.js';

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
      const [letter, ...rest] = data as { advice: string; meaning: string }[];
      const { advice, meaning, ...fields } = letter ?? { advice: '', meaning: '' };
      const expected = { n: 1, topic: 't', code: 'ERR_PAYLOAD_JSON', message: 'm', payloadBytes: 1, receivedAtMs: 0 };
      assert.deepEqual([fields, rest], [expected, []]);
      assert.match(meaning, /neither JSON with a picture/);
      assert.match(advice, /^send a JSON object/);
      break;
    }
  }
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
