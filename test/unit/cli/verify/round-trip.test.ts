import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { type TestContext, test } from 'node:test';
import type { MqttClient } from 'mqtt';
import { roundTrip } from '../../../../src/cli/verify/round-trip.js';
import { deferred } from '../../../../src/std/promises.js';
import { recordedIo } from '../../../support/service/command-io.js';
import { loadWith } from '../../../support/service/config-folder.js';

const COUNT = 4;
const IDLE_MS = 15_000;

/** A broker and a service in one: answers the first half at once, and the rest when it is told to. */
function answering() {
  const client = new EventEmitter();
  const waiting: string[] = [];
  let published = 0;
  const answer = (id: string) => client.emit('message', 'ekuiper/defect', Buffer.from(JSON.stringify({ id })), {});
  return {
    waiting,
    client: Object.assign(client, {
      subscribeAsync: () => Promise.resolve([]),
      publishAsync(_topic: string, payload: string) {
        const { id } = JSON.parse(payload) as { id: string };
        published += 1;
        if (published <= COUNT / 2) answer(id);
        else waiting.push(id);
        return Promise.resolve();
      },
    }) as unknown as MqttClient,
    answerRest() {
      for (const id of waiting.splice(0)) answer(id);
    },
  };
}

/** A round trip on a clock that the test moves. */
function begin(t: TestContext, disrupt?: () => Promise<void>) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const service = answering();
  const { config } = loadWith();
  const connack = { cmd: 'connack', sessionPresent: false } as const;
  const trip = roundTrip(
    {
      ...{
        publisher: { client: service.client, connack, url: '', protocolVersion: 5 },
        collector: service.client,
        letters: service.client,
        config,
        topic: 'openvino_demo',
        count: COUNT,
      },
      idleTimeoutMs: IDLE_MS,
      ...(disrupt && { disrupt }),
    },
    recordedIo(),
  );
  return { service, trip, allPublished: () => untilTurn(() => service.waiting.length === COUNT / 2) };
}

/** Waits by turns of the event loop, as timers stand still. */
async function untilTurn(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(setImmediate);
}

/** Time that this process lives through, a little at a time. */
async function pass(t: TestContext, ms: number): Promise<void> {
  const step = IDLE_MS / 10;
  for (let passed = 0; passed < ms; passed += step) {
    t.mock.timers.tick(step);
    await new Promise(setImmediate);
  }
}

test('roundTrip() does not lose patience while the service is disrupted', async (t) => {
  const disrupted = deferred();
  const { service, trip, allPublished } = begin(t, () => disrupted.promise);
  await allPublished();
  await pass(t, 4 * IDLE_MS);
  disrupted.resolve();
  await new Promise(setImmediate);
  service.answerRest();
  const { acknowledged, answered } = (await trip)();
  assert.deepEqual([acknowledged.size, answered.size], [COUNT, COUNT]);
});

test('roundTrip() gives up when nothing comes any more', async (t) => {
  const { trip, allPublished } = begin(t);
  await allPublished();
  await new Promise(setImmediate);
  await pass(t, IDLE_MS);
  const { acknowledged, answered } = (await trip)();
  assert.deepEqual([acknowledged.size, answered.size], [COUNT, COUNT / 2]);
});

test('roundTrip() ends with what went wrong while it disrupted the service', async (t) => {
  const { trip } = begin(t, () => Promise.reject(new Error('the service does not start')));
  await assert.rejects(trip, /the service does not start/);
});

test('roundTrip() does not count time in which the process stands still, as its answers are yet to be read', async (t) => {
  const { service, trip, allPublished } = begin(t);
  await allPublished();
  await new Promise(setImmediate);
  t.mock.timers.tick(4 * IDLE_MS);
  service.answerRest();
  assert.equal((await trip)().answered.size, COUNT);
});

test('roundTrip() has what came until it is asked, and says that a connection was lost', async (t) => {
  const { service, trip, allPublished } = begin(t);
  await allPublished();
  await new Promise(setImmediate);
  await pass(t, IDLE_MS);
  const ended = await trip;
  assert.deepEqual([ended().answered.size, ended().wasCut], [COUNT / 2, false]);
  service.client.emit('close');
  service.answerRest();
  assert.deepEqual([ended().answered.size, ended().wasCut], [COUNT, true]);
});
