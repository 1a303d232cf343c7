/** What would go wrong: the folder grows without end, or what people have judged is thrown away for pictures that nobody saw. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createStock } from '../../../src/keep/stock.js';

function stockOf(
  ...items: readonly (readonly [key: string, receivedAtMs: number, bytes: number, isJudged?: boolean])[]
) {
  const stock = createStock();
  for (const [key, receivedAtMs, bytes, isJudged = false] of items) stock.put({ key, receivedAtMs, bytes, isJudged });
  return stock;
}

const keys = (items: readonly { readonly key: string }[] | undefined) => items?.map(({ key }) => key);

test('Stock counts what is in it, also when an item is put again or taken out', () => {
  const stock = stockOf(['a', 1, 10], ['b', 2, 20, true]);
  stock.put({ key: 'a', receivedAtMs: 1, bytes: 15, isJudged: true });
  stock.remove('b');
  stock.remove('b');
  assert.deepEqual(stock.counts(), { unjudged: 0, judged: 1, bytes: 15 });
});

test('Stock.roomFor() takes the oldest that nobody has judged, and no more than it needs', () => {
  const stock = stockOf(['new', 3, 10], ['old', 1, 10], ['older but judged', 0, 10, true], ['middle', 2, 10]);
  assert.deepEqual(keys(stock.roomFor(15, 40)), ['old', 'middle']);
  assert.deepEqual(keys(stock.roomFor(0, 40)), []);
});

test('Stock.roomFor() says that there is no room when judged ones take it all', () => {
  assert.equal(stockOf(['judged', 1, 30, true], ['other', 2, 5]).roomFor(11, 40), undefined);
});

test('Stock.overdue() leaves what is judged, however old', () => {
  const stock = stockOf(['old', 0, 1], ['judged', 0, 1, true], ['young', 90, 1]);
  assert.deepEqual(keys(stock.overdue(100, 50)), ['old']);
});
