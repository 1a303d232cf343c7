import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LedgerTally } from '../../../../src/cli/verify/ledger.js';
import type { RoundTrip } from '../../../../src/cli/verify/round-trip.js';
import { reportOf } from '../../../../src/cli/verify/verify.js';

const ids = (count: number) => new Set(Array.from({ length: count }, (_, n) => String(n)));

function tripOf(acknowledged: number, answered: number, rest: Partial<RoundTrip> = {}): RoundTrip {
  return {
    ...{ acknowledged: ids(acknowledged), answered: ids(answered), results: answered, deadLetters: 0, duplicates: 0 },
    ...{ isInterrupted: false, ...rest },
  };
}

function tallyOf(received: number, { inFlight = 0, isBalanced = true, filtered = 0, restarts = 0 } = {}): LedgerTally {
  const last = { received, filtered, inFlight, isBalanced, startedAtSeconds: 1, text: `received ${received}` };
  return { last, received, filtered, restarts };
}

const EXPECTED = { count: 10, mustHaveRestarted: false };
const report = (trip: RoundTrip, tally: LedgerTally, expected = EXPECTED) => {
  const { isPassed, text } = reportOf(trip, tally, expected);
  return { isPassed, text: text.join('\n') };
};

test('all answered, and a ledger that adds up, is passed', () => {
  const { isPassed, text } = report(tripOf(10, 10), tallyOf(10));
  assert.equal(isPassed, true);
  assert.match(text, /lost {11}0\nledger {9}adds up$/);
});

test('what the rules filtered needs no answer', () => {
  assert.equal(report(tripOf(10, 6), tallyOf(10, { filtered: 4 })).isPassed, true);
});

test('pictures are lost when the service has received all, has nothing in work and adds up', () => {
  const { isPassed, text } = report(tripOf(10, 7), tallyOf(10));
  assert.equal(isPassed, false);
  assert.match(text, /^lost {11}3$/m);
});

for (const [title, trip, tally, ledger] of [
  ['it was interrupted', tripOf(10, 4, { isInterrupted: true }), tallyOf(10), 'adds up'],
  ['the service is at work', tripOf(10, 4), tallyOf(10, { inFlight: 6 }), 'still at work: received 10'],
  ['the service has not received all', tripOf(10, 4), tallyOf(8), 'does not agree: 8 received of 10 published'],
  ['the service is away', tripOf(10, 4), { ...tallyOf(0), last: undefined }, 'not reachable'],
] as const) {
  test(`pictures are unanswered, not lost, while ${title}`, () => {
    const { isPassed, text } = report(trip, tally);
    assert.equal(isPassed, false);
    assert.match(text, new RegExp(`^unanswered {5}6\nledger {9}${ledger}$`, 'm'));
    assert.doesNotMatch(text, /^lost/m);
  });
}

test('an interrupted one says so, and asks for nothing', () => {
  const trip = tripOf(10, 4, { isInterrupted: true });
  const { isPassed, text } = report(trip, tallyOf(10), { count: 10, mustHaveRestarted: true });
  assert.equal(isPassed, false);
  assert.match(text, /\nInterrupted: 6 of 10 unanswered so far\.$/);
});

test('a service that was to be killed and was not is not passed', () => {
  const { isPassed, text } = report(tripOf(10, 10), tallyOf(10), { count: 10, mustHaveRestarted: true });
  assert.equal(isPassed, false);
  assert.match(text, /The service was not killed/);
});

test('a broker that did not take all is not passed', () => {
  const { isPassed, text } = report(tripOf(8, 8), tallyOf(8));
  assert.equal(isPassed, false);
  assert.match(text, /The broker took 8 pictures of 10\./);
});
