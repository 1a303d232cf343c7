import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LedgerReading } from '../../../../src/cli/verify/ledger-reading.js';
import { addReading, NO_READING } from '../../../../src/cli/verify/ledger-tally.js';

function reading(startedAtSeconds: number, received: number, filtered: number): LedgerReading {
  return { startedAtSeconds, received, filtered, inFlight: 0, isBalanced: true, text: '' };
}

function tallyOf(readings: readonly LedgerReading[]) {
  const { received, filtered, restarts } = readings.reduce(addReading, NO_READING);
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
});
