/** What would go wrong: two services with one client id that nobody names; and a bad network that is taken for one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTakeoverWatch, type Loss } from '../../../src/mqtt/takeover-watch.js';

const SOON: Loss = { livedMs: 100, hasReason: false, isAmbiguous: false };

function watchAfter(...losses: Partial<Loss>[]) {
  const watch = createTakeoverWatch(() => 1);
  return { watch, verdicts: losses.map((loss) => watch.lost({ ...SOON, ...loss })) };
}

test('the third loss in a row soon after CONNACK, and those after it, tell of another client', () => {
  assert.deepEqual(watchAfter({}, {}, {}, {}).verdicts, ['no', 'no', 'first', 'again']);
});

test('a loss with a reason begins anew', () => {
  assert.deepEqual(watchAfter({}, {}, { hasReason: true }, {}, {}, {}).verdicts, [
    ...['no', 'no', 'no'],
    ...['no', 'no', 'first'],
  ]);
});

test('an attempt that fails begins anew: the broker is down, or the network is', () => {
  const { watch } = watchAfter({}, {});
  watch.failed();
  assert.equal(watch.lost(SOON), 'no');
});

test('a loss that something unanswered may have caused says nothing', () => {
  assert.deepEqual(watchAfter({}, { isAmbiguous: true }, {}, {}).verdicts, ['no', 'no', 'no', 'first']);
});

test('connections that last some seconds are no sign of another client', () => {
  assert.deepEqual(watchAfter({ livedMs: 2_000 }, { livedMs: 2_000 }, { livedMs: 2_000 }).verdicts, ['no', 'no', 'no']);
});

test('the other client that waits and comes back is named at once, until it was away for a minute', () => {
  const verdicts = watchAfter({}, {}, {}, { livedMs: 15_000 }, { livedMs: 60_000 }, {}).verdicts;
  assert.deepEqual(verdicts, ['no', 'no', 'first', 'again', 'no', 'no']);
});

test('from the third connection on the waits are longer, up to 15 s', () => {
  const watch = createTakeoverWatch(() => 1);
  const waits = Array.from({ length: 8 }, () => {
    const wait = watch.nextDelayMs();
    watch.lost(SOON);
    return wait;
  });
  assert.deepEqual(waits, [undefined, undefined, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
});
