/** The judge is judged: a service that acknowledges too early must be found out, or the zeros of the table mean nothing. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openBench } from '../../faults/bench/bench.js';
import { createOracle } from '../../faults/bench/oracle.js';
import { ledgerFault } from '../../faults/bench/watch.js';
import { brokerMissing } from '../support/broker/broker.js';
import { until } from '../support/until.js';

describe('Oracle', () => {
  it('counts as lost what was acknowledged and never seen, and only that', () => {
    const oracle = createOracle();
    for (const id of ['a', 'b', 'c', 'd']) oracle.sent(id);
    for (const id of ['a', 'b', 'c']) oracle.acknowledged(id);
    oracle.seen('a');
    oracle.seen('b', 'ERR_IMAGE_DECODE');
    assert.deepEqual(oracle.tally().lost, ['c']);
  });

  it('does not count as lost what was seen before its acknowledgement came', () => {
    const oracle = createOracle();
    oracle.sent('a');
    oracle.seen('a');
    oracle.acknowledged('a');
    assert.deepEqual(oracle.tally().lost, []);
  });

  it('counts what was seen more than once', () => {
    const oracle = createOracle();
    for (const id of ['a', 'b', 'a']) oracle.seen(id);
    assert.deepEqual(oracle.tally().twice, ['a']);
  });

  it('reports losses of a service that acknowledges before its work is done', { skip: brokerMissing }, async () => {
    await using bench = await openBench({ main: new URL('../../faults/early-ack-main.js', import.meta.url) });
    await bench.publisher.burst(20);
    await until('the service has all of them', () => /PUBACK from flawline /.test(bench.broker.log()));
    await bench.endService('SIGKILL');
    await bench.startService();
    await bench.publisher.burst(1);
    await until('the last one is seen', () => bench.collector.count > 0);
    assert.notDeepEqual(bench.tally().lost, []);
  });
});

describe('ledgerFault()', () => {
  const books = (published: number) =>
    new Map([
      ['flawline_messages_received_total{stream="0"}', 5],
      ['flawline_messages_total{outcome="published"}', published],
      ['flawline_messages_total{outcome="filtered"}', 0],
      ['flawline_messages_total{outcome="dead_lettered"}', 1],
      ['flawline_messages_total{outcome="dropped"}', 0],
      ['flawline_messages_in_flight', 2],
    ]);

  it('finds nothing in books that balance', () => {
    assert.equal(ledgerFault(books(2)), undefined);
  });

  it('says what does not add up', () => {
    assert.equal(ledgerFault(books(1)), 'received 5, accounted for 4');
  });
});
