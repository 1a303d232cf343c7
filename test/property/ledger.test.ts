import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DROP_REASONS } from '../../src/domain/closed-sets.js';
import { createLedger, type Ledger, MESSAGE_CODES } from '../../src/telemetry/ledger.js';
import { createMetrics } from '../../src/telemetry/metrics.js';
import { parseMetrics } from '../support/service/metrics-text.js';

const STREAMS = ['0', '1', '2'];
const EVENTS = ['received', 'published', 'filtered', 'dead_lettered', 'dropped', 'redelivered'] as const;

const events = fc.array(fc.record({ kind: fc.constantFrom(...EVENTS), pick: fc.nat(1000), scrape: fc.boolean() }), {
  maxLength: 60,
});

interface Model {
  inFlight: number;
  readonly counts: Record<(typeof EVENTS)[number], number>;
}

/** Plays one event on both; an outcome without a message in flight can't happen and is left out. */
function play(ledger: Ledger, model: Model, kind: (typeof EVENTS)[number], pick: number): void {
  const isOutcome = kind !== 'received' && kind !== 'redelivered';
  if (isOutcome && model.inFlight === 0) return;
  model.counts[kind] += 1;
  if (kind === 'received') model.inFlight += 1;
  if (isOutcome) model.inFlight -= 1;
  const steps = {
    received: () => ledger.received(STREAMS[pick % STREAMS.length] ?? '', pick),
    published: () => ledger.published(),
    filtered: () => ledger.filtered(),
    dead_lettered: () => ledger.deadLettered(MESSAGE_CODES[pick % MESSAGE_CODES.length] ?? 'ERR_INFERENCE'),
    dropped: () => ledger.dropped(DROP_REASONS[pick % DROP_REASONS.length] ?? 'latest'),
    redelivered: () => ledger.redelivered(),
  };
  steps[kind]();
}

function total(series: ReadonlyMap<string, number>, name: string): number {
  return [...series].reduce((sum, [key, value]) => (key === name || key.startsWith(`${name}{`) ? sum + value : sum), 0);
}

test('a scrape at any moment: received = published + filtered + dead-lettered + dropped + in flight', async () => {
  await fc.assert(
    fc.asyncProperty(events, async (sequence) => {
      const ledger = createLedger(STREAMS);
      const metrics = createMetrics({
        ledger,
        rules: [],
        messageAge: false,
        build: { client_id: 'flawline', version: '0', node: '0' },
        nowMs: () => 0,
      });
      const model: Model = {
        inFlight: 0,
        counts: { received: 0, published: 0, filtered: 0, dead_lettered: 0, dropped: 0, redelivered: 0 },
      };
      let scrapes = 2; // a scrape costs milliseconds: a few in each sequence
      for (const { kind, pick, scrape } of [...sequence, { kind: 'redelivered', pick: 0, scrape: true } as const]) {
        if (scrape && scrapes > 0) {
          scrapes -= 1;
          const expected = { ...model.counts, inFlight: model.inFlight };
          const text = metrics.text();
          play(ledger, model, kind, pick); // moves on while the scrape is being written
          const series = parseMetrics(await text);
          const outcome = (name: string) => series.get(`flawline_messages_total{outcome="${name}"}`);
          assert.deepEqual(
            {
              received: total(series, 'flawline_messages_received_total'),
              published: outcome('published'),
              filtered: outcome('filtered'),
              dead_lettered: outcome('dead_lettered'),
              dropped: outcome('dropped'),
              redelivered: series.get('flawline_redeliveries_total'),
              inFlight: series.get('flawline_messages_in_flight'),
            },
            expected,
          );
          assert.equal(
            total(series, 'flawline_messages_received_total'),
            total(series, 'flawline_messages_total') + expected.inFlight,
          );
          assert.equal(total(series, 'flawline_rejected_total'), expected.dead_lettered);
          assert.equal(total(series, 'flawline_dropped_total'), expected.dropped);
        } else {
          play(ledger, model, kind, pick);
        }
      }
    }),
    { numRuns: 25 },
  );
});

test('after any sequence of events: the snapshot adds up, by stream, code and reason too', () => {
  const sum = (counts: object) => Object.values(counts).reduce((a: number, b: number) => a + b, 0);
  fc.assert(
    fc.property(events, (sequence) => {
      const ledger = createLedger(STREAMS);
      const model: Model = {
        inFlight: 0,
        counts: { received: 0, published: 0, filtered: 0, dead_lettered: 0, dropped: 0, redelivered: 0 },
      };
      for (const { kind, pick } of sequence) play(ledger, model, kind, pick);
      const { received, receivedByStream, outcomes, rejected, dropped, inFlight } = ledger.snapshot();
      assert.equal(received, model.counts.received);
      assert.equal(inFlight, model.inFlight);
      assert.equal(received, sum(outcomes) + inFlight);
      assert.equal(sum(receivedByStream), received);
      assert.equal(sum(rejected), outcomes.dead_lettered);
      assert.equal(sum(dropped), outcomes.dropped);
    }),
  );
});
