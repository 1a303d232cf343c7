import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERRORS } from '../../../src/std/errors.js';
import { createLedger } from '../../../src/telemetry/ledger.js';

test('createLedger() starts with every count at 0, each stream, reason and message code listed', () => {
  const start = createLedger(['0', '1']).snapshot();
  assert.deepEqual(start.receivedByStream, { '0': 0, '1': 0 });
  assert.deepEqual(start.dropped, { qos0_overflow: 0, latest: 0, expired: 0, rule_stopped: 0 });
  assert.equal(start.rejected['ERR_IMAGE_DECODE'], 0);
  assert.equal(start.rejected['ERR_CONFIG'], undefined);
  assert.equal(start.inFlight, 0);
});

test('Ledger.received() puts a message in flight and notes its stream and time', () => {
  const ledger = createLedger(['0', '1']);
  ledger.received('1', 1700000000000);
  const { received, receivedByStream, lastReceivedAtMs, inFlight } = ledger.snapshot();
  assert.deepEqual(
    { received, receivedByStream, lastReceivedAtMs, inFlight },
    {
      received: 1,
      receivedByStream: { '0': 0, '1': 1 },
      lastReceivedAtMs: { '0': 0, '1': 1700000000000 },
      inFlight: 1,
    },
  );
});

test('Ledger.deadLettered() counts the outcome and its code', () => {
  const ledger = createLedger(['0']);
  ledger.received('0', 1);
  ledger.deadLettered('ERR_IMAGE_DECODE');
  const { outcomes, rejected } = ledger.snapshot();
  assert.equal(outcomes.dead_lettered, 1);
  assert.equal(rejected['ERR_IMAGE_DECODE'], 1);
});

test('Ledger.dropped() counts the outcome and its reason', () => {
  const ledger = createLedger(['0']);
  ledger.received('0', 1);
  ledger.dropped('latest');
  const { outcomes, dropped } = ledger.snapshot();
  assert.equal(outcomes.dropped, 1);
  assert.equal(dropped.latest, 1);
});

test('Ledger.redelivered() counts nothing but redeliveries', () => {
  const ledger = createLedger(['0']);
  const before = ledger.snapshot();
  ledger.redelivered();
  assert.deepEqual(ledger.snapshot(), { ...before, redeliveries: 1 });
});

test('Ledger.sessionLost() counts nothing but lost sessions', () => {
  const ledger = createLedger(['0']);
  const before = ledger.snapshot();
  ledger.sessionLost();
  assert.deepEqual(ledger.snapshot(), { ...before, sessionsLost: 1 });
});

test('Ledger refuses a second outcome of the same message', () => {
  const ledger = createLedger(['0']);
  ledger.received('0', 1);
  ledger.published();
  assert.throws(() => ledger.filtered(), /must be in flight: in flight are 0/);
});

test('Ledger.received() refuses a stream that is not configured, a topic say', () => {
  assert.throws(
    () => createLedger(['0']).received('factory/line1', 1),
    /stream must be one of 0: it is factory\/line1/,
  );
});

test('Ledger.snapshot() is a copy that later events do not change', () => {
  const ledger = createLedger(['0']);
  const before = ledger.snapshot();
  ledger.received('0', 1);
  assert.equal(before.receivedByStream['0'], 0);
});

test('Ledger.deadLettered() takes every code of the table', () => {
  const ledger = createLedger(['0']);
  const codes = Object.keys(ERRORS) as (keyof typeof ERRORS)[];
  for (const code of codes) {
    ledger.received('0', 1);
    ledger.deadLettered(code);
  }
  assert.equal(ledger.snapshot().outcomes.dead_lettered, codes.length);
});
