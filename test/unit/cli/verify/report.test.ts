import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LedgerEnd, LedgerReading } from '../../../../src/cli/verify/ledger.js';
import type { RoundTrip } from '../../../../src/cli/verify/round-trip.js';
import { reportOf } from '../../../../src/cli/verify/report.js';

type Tally = LedgerEnd & Pick<LedgerReading, 'inFlight' | 'isBalanced'>;

const ids = (count: number) => new Set(Array.from({ length: count }, (_, n) => String(n)));

function tripOf(acknowledged: number, answered: number, rest: Partial<RoundTrip> = {}): RoundTrip {
  return {
    ...{ acknowledged: ids(acknowledged), answered: ids(answered), results: answered, deadLetters: 0, duplicates: 0 },
    ...{ isInterrupted: false, wasCut: false, quietSinceMs: 1, ...rest },
  };
}

function tallyOf(received: number, { inFlight = 0, isBalanced = true, ...rest }: Partial<Tally> = {}): LedgerEnd {
  const last = {
    ...{ received, filtered: 0, inFlight, isReady: true, isBalanced, startedAtSeconds: 1 },
    text: `received ${received}`,
  };
  return { last, received, filtered: 0, restarts: 0, readySinceMs: 0, wasAtWork: false, ...rest };
}

const EXPECTED = { count: 10, mustHaveRestarted: false };
const report = (trip: RoundTrip, tally: LedgerEnd, expected = EXPECTED) => {
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

for (const [title, trip, tally, reason] of [
  ['the service starts again', {}, { restarts: 1, readySinceMs: undefined }, 'The service is not ready'],
  ['it was ready after all that came', {}, { restarts: 1, readySinceMs: 2 }, 'The service was not ready all the time'],
  ['it ended its work only then', {}, { wasAtWork: true }, 'The service was at work until the end'],
  ['an answer may have been missed', { wasCut: true }, {}, 'A connection of this command was lost'],
  ['filtered ones may be uncounted', {}, { restarts: 1, filtered: 2 }, 'What its rules filtered just before'],
] as const) {
  test(`pictures are unanswered, not lost, while ${title}`, () => {
    const { isPassed, text } = report(tripOf(10, 4, trip), tallyOf(10, tally));
    assert.equal(isPassed, false);
    assert.match(text, new RegExp(`^unanswered +\\d\n.*\n.*they are not known to be lost\\. ${reason}`, 'm'));
    assert.doesNotMatch(text, /^lost/m);
  });
}

test('pictures are lost when a service that has started again was ready for the whole of the patience', () => {
  assert.match(report(tripOf(10, 7), tallyOf(2, { restarts: 1 })).text, /^lost {11}3$/m);
});

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
