import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseLedger } from '../../../src/commands/ledger-reading.js';

const scrape = (inFlight: number) => `# TYPE flawline_messages_received_total counter
flawline_messages_received_total{stream="0"} 7
flawline_messages_received_total{stream="other"} 1
flawline_messages_total{outcome="published"} 3
flawline_messages_total{outcome="filtered"} 2
flawline_messages_total{outcome="dead_lettered"} 1
flawline_messages_total{outcome="dropped"} 0
flawline_messages_in_flight ${inFlight}
`;

test('parseLedger() adds the streams up and sees that the ledger is balanced', () => {
  const { received, filtered, inFlight, isBalanced } = parseLedger(scrape(2));
  assert.deepEqual(
    { received, filtered, inFlight, isBalanced },
    { received: 8, filtered: 2, inFlight: 2, isBalanced: true },
  );
});

test('parseLedger() sees a ledger that is off by one', () => {
  assert.equal(parseLedger(scrape(1)).isBalanced, false);
});
