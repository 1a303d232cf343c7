import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { addReading, type LedgerReading, NO_READING, parseLedger } from '../../../../src/cli/verify/ledger.js';

const SCRAPED = `# HELP flawline_messages_received_total Messages received, by topic filter.
# TYPE flawline_messages_received_total counter
flawline_messages_received_total{stream="0"} 7
flawline_messages_received_total{stream="1"} 5
flawline_messages_total{outcome="published"} 6
flawline_messages_total{outcome="filtered"} 3
flawline_messages_total{outcome="dead_lettered"} 1
flawline_messages_total{outcome="dropped"} 0
flawline_messages_in_flight 2
flawline_ready 1
process_start_time_seconds 1700000000
`;

describe('parseLedger()', () => {
  it('adds the streams up and balances them with the outcomes', () => {
    const { received, filtered, inFlight, isBalanced, startedAtSeconds } = parseLedger(SCRAPED);
    assert.deepEqual(
      { received, filtered, inFlight, isBalanced, startedAtSeconds },
      { received: 12, filtered: 3, inFlight: 2, isBalanced: true, startedAtSeconds: 1_700_000_000 },
    );
  });

  it('sees a service that is not ready yet', () => {
    assert.equal(parseLedger(SCRAPED).isReady, true);
    assert.equal(parseLedger(SCRAPED.replace('flawline_ready 1', 'flawline_ready 0')).isReady, false);
  });

  it('sees that one message is missing', () => {
    assert.equal(parseLedger(SCRAPED.replace('"published"} 6', '"published"} 5')).isBalanced, false);
  });
});

function reading(startedAtSeconds: number, received: number, filtered: number, isReady = true): LedgerReading {
  return { startedAtSeconds, received, filtered, inFlight: 0, isReady, isBalanced: true, text: '' };
}

/** One reading a millisecond, from 0 on. */
function tallyAfter(readings: readonly LedgerReading[]) {
  return readings.reduce((tally, each, n) => addReading(tally, each, n), NO_READING);
}

function tallyOf(readings: readonly LedgerReading[]) {
  const { received, filtered, restarts } = tallyAfter(readings);
  return { received, filtered, restarts };
}

describe('addReading()', () => {
  it('counts from the first reading on', () => {
    assert.deepEqual(tallyOf([reading(1, 500, 40), reading(1, 510, 43)]), { received: 10, filtered: 3, restarts: 0 });
  });

  it('counts a new process from zero, even when its counts have passed those of the former one', () => {
    assert.deepEqual(tallyOf([reading(1, 10, 1), reading(1, 12, 2), reading(2, 30, 5)]), {
      received: 32,
      filtered: 6,
      restarts: 1,
    });
  });

  for (const [title, readings, since] of [
    ['first said so', [reading(1, 0, 0, false), reading(1, 0, 0), reading(1, 2, 0)], 1],
    ['said so again', [reading(1, 0, 0), reading(1, 0, 0, false), reading(1, 2, 0)], 2],
    ['started again', [reading(1, 0, 0), reading(2, 0, 0), reading(2, 2, 0)], 1],
    ['does not say so', [reading(1, 0, 0), reading(2, 0, 0, false)], undefined],
  ] as const) {
    it(`has the service ready since it ${title}`, () => {
      assert.equal(tallyAfter(readings).readySinceMs, since);
    });
  }
});
