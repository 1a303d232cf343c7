/**
 * A page that stops reading. What would go wrong: every result it does not take piles up in the service's memory.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { createLiveEvents, type LiveEvents } from '../../src/http/live-events.js';
import { createRecentDeadLetters, createRecentResults } from '../../src/telemetry/recent.js';
import { measuresOf } from '../support/builders.js';
import { open } from '../support/service/http-client.js';
import { until } from '../support/until.js';

const ROW = { topic: 't', rules: [], measures: measuresOf(), inferenceTimeMs: 1, endToEndMs: 2, receivedAtMs: 0 };

/** A page that has subscribed and reads nothing more; `response` is the service's side of it. */
async function stalledPage(live: Pick<LiveEvents, 'subscribe'>) {
  let response: ServerResponse | undefined;
  const server = createServer((request: IncomingMessage, answer) => {
    response = answer;
    live.subscribe(request, answer);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const page = await open(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  page.on('error', () => undefined).pause();
  assert.ok(response);
  return {
    response,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

test('LiveEvents skips what a stalled page can not take, and cuts it off in the end', async () => {
  const recent = createRecentResults({ maxCount: 10, maxBytes: 0 });
  const live = createLiveEvents(
    { recent, deadLetters: createRecentDeadLetters(1), status: () => ({}) },
    { run: 'a', pictures: true, tickMs: 5, ticksPerStatus: 1, maxSubscribers: 1, maxStalledTicks: 20 },
  );
  await using stalled = await stalledPage(live);
  const { response } = stalled;

  let mostBuffered = 0;
  const fill = setInterval(() => {
    for (let i = 0; i < 10; i += 1) recent.add({ ...ROW, id: 'x'.repeat(50_000) });
    mostBuffered = Math.max(mostBuffered, response.writableLength);
  }, 2);
  await once(response, 'close', { signal: AbortSignal.timeout(20_000) });
  clearInterval(fill);

  // One batch is ten rows of 50 000 characters.
  assert.ok(mostBuffered < 2 * 500_000 + 100_000, `${mostBuffered} bytes were waiting`);
});

test('LiveEvents.subscribe() refuses a page above the limit', () => {
  const recent = createRecentResults({ maxCount: 1, maxBytes: 0 });
  const live = createLiveEvents(
    { recent, deadLetters: createRecentDeadLetters(1), status: () => ({}) },
    { run: 'a', pictures: true, tickMs: 5, ticksPerStatus: 1, maxSubscribers: 0, maxStalledTicks: 1 },
  );
  assert.equal(live.subscribe({ headers: {} } as IncomingMessage, {} as ServerResponse), false);
});

test('LiveEvents.close() writes nothing behind the end of a stream that a stalled page has not read', async () => {
  const recent = createRecentResults({ maxCount: 10, maxBytes: 0 });
  let asked = 0;
  const live = createLiveEvents(
    { recent, deadLetters: createRecentDeadLetters(1), status: () => ({ asked: ++asked }) },
    { run: 'a', pictures: true, tickMs: 5, ticksPerStatus: 1, maxSubscribers: 1, maxStalledTicks: 10_000 },
  );
  await using stalled = await stalledPage(live);
  const { response } = stalled;
  await until('the page is stalled', () => {
    for (let i = 0; i < 10; i += 1) recent.add({ ...ROW, id: 'x'.repeat(50_000) });
    return response.writableNeedDrain;
  });
  const failed = once(response, 'error').then(([error]) => String(error));
  live.close();
  recent.add({ ...ROW, id: 'after' });
  const atEnd = asked;
  const outcome = await Promise.race([failed, delay(200, 'quiet')]);
  assert.deepEqual([outcome, asked - atEnd], ['quiet', 0]);
});
