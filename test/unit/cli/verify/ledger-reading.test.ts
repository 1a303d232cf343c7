import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseLedger } from '../../../../src/cli/verify/ledger-reading.js';

const SCRAPED = `# HELP flawline_messages_received_total Messages received, by topic filter.
# TYPE flawline_messages_received_total counter
flawline_messages_received_total{stream="0"} 7
flawline_messages_received_total{stream="1"} 5
flawline_messages_total{outcome="published"} 6
flawline_messages_total{outcome="filtered"} 3
flawline_messages_total{outcome="dead_lettered"} 1
flawline_messages_total{outcome="dropped"} 0
flawline_messages_in_flight 2
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

  it('sees that one message is missing', () => {
    assert.equal(parseLedger(SCRAPED.replace('"published"} 6', '"published"} 5')).isBalanced, false);
  });
});
