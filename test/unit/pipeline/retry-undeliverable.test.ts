import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Delivery } from '../../../src/domain/delivery.js';
import { createUndelivered } from '../../../src/pipeline/retry-undeliverable.js';
import { deferred } from '../../../src/std/promises.js';
import { until } from '../../support/until.js';

const REFUSAL = new Error('not authorized');

function delivery(topic: string): Delivery {
  return {
    topic,
    stream: '0',
    payload: new Uint8Array(),
    qos: 1,
    properties: { user: [] },
    receivedAtMs: 0,
    receivedAtMonotonicMs: 0,
    ack: () => undefined,
  };
}

/** A broker that refuses so many tries before it accepts everything. */
function start(refusals: number) {
  const events: string[] = [];
  let left = refusals;
  const undelivered = createUndelivered({
    async handle(message) {
      events.push(`try ${message.topic}`);
      left -= 1;
      if (left >= 0) undelivered.add(message, REFUSAL);
    },
    backoff: { next: () => 1, reset: () => events.push('reset') },
    onStuck: (error) => events.push(`stuck: ${error.message}`),
    onFree: () => events.push('free'),
  });
  return { undelivered, events };
}

test('Undelivered tries one message again until it finds its way, then the others', async () => {
  const { undelivered, events } = start(1);
  undelivered.add(delivery('a'), REFUSAL);
  undelivered.add(delivery('b'), REFUSAL);
  await until('all are free', () => events.includes('free'));
  assert.deepEqual(events, [
    'stuck: not authorized',
    'stuck: not authorized',
    'try a',
    'stuck: not authorized',
    'try b',
    'reset',
    'try a',
    'reset',
    'free',
  ]);
});

test('Undelivered.stop() ends the tries', async () => {
  const { undelivered, events } = start(0);
  undelivered.add(delivery('a'), REFUSAL);
  undelivered.stop();
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual(events, ['stuck: not authorized']);
});

test('Undelivered.stop() ends the tries also of what comes after it', async () => {
  const { undelivered, events } = start(0);
  undelivered.stop();
  undelivered.add(delivery('a'), REFUSAL);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual(events, ['stuck: not authorized']);
});

test('Undelivered tries one message at a time, also when others come meanwhile', async () => {
  const trial = deferred();
  let tries = 0;
  const undelivered = createUndelivered({
    handle() {
      tries += 1;
      return trial.promise;
    },
    backoff: { next: () => 1, reset: () => undefined },
    onStuck: () => undefined,
    onFree: () => undefined,
  });
  undelivered.add(delivery('a'), REFUSAL);
  await until('one is tried', () => tries === 1);
  undelivered.add(delivery('b'), REFUSAL);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(tries, 1);
  trial.resolve();
  await until('the other is tried', () => tries === 2);
});
