import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createUndeliverableRetry } from '../../../src/pipeline/retry-undeliverable.js';
import { deferred } from '../../../src/std/promises.js';
import { aDelivery } from '../../support/builders.js';
import { until } from '../../support/until.js';

const REFUSAL = new Error('not authorized');

/** A broker that refuses so many tries before it accepts everything. */
function start(refusals: number) {
  const events: string[] = [];
  let left = refusals;
  const retry = createUndeliverableRetry({
    async handle(message) {
      events.push(`try ${message.topic}`);
      left -= 1;
      if (left >= 0) retry.add(message, REFUSAL);
    },
    backoff: { next: () => 1, reset: () => events.push('reset') },
    onBlocked: (error) => events.push(`blocked: ${error.message}`),
    onUnblocked: () => events.push('unblocked'),
  });
  return { retry, events };
}

test('UndeliverableRetry tries one message again until it finds its way, then the others', async () => {
  const { retry, events } = start(1);
  retry.add(aDelivery({ topic: 'a' }), REFUSAL);
  retry.add(aDelivery({ topic: 'b' }), REFUSAL);
  await until('all are unblocked', () => events.includes('unblocked'));
  assert.deepEqual(events, [
    'blocked: not authorized',
    'blocked: not authorized',
    'try a',
    'blocked: not authorized',
    'try b',
    'reset',
    'try a',
    'reset',
    'unblocked',
  ]);
});

test('UndeliverableRetry.stop() ends the tries', async () => {
  const { retry, events } = start(0);
  retry.add(aDelivery({ topic: 'a' }), REFUSAL);
  retry.stop();
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual(events, ['blocked: not authorized']);
});

test('UndeliverableRetry.stop() ends the tries also of what comes after it', async () => {
  const { retry, events } = start(0);
  retry.stop();
  retry.add(aDelivery({ topic: 'a' }), REFUSAL);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual(events, ['blocked: not authorized']);
});

test('UndeliverableRetry tries one message at a time, also when others come meanwhile', async () => {
  const attempt = deferred();
  let tries = 0;
  const retry = createUndeliverableRetry({
    handle() {
      tries += 1;
      return attempt.promise;
    },
    backoff: { next: () => 1, reset: () => undefined },
    onBlocked: () => undefined,
    onUnblocked: () => undefined,
  });
  retry.add(aDelivery({ topic: 'a' }), REFUSAL);
  await until('one is tried', () => tries === 1);
  retry.add(aDelivery({ topic: 'b' }), REFUSAL);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(tries, 1);
  attempt.resolve();
  await until('the other is tried', () => tries === 2);
});
