import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { atLeast, atMost, comparison, figure, median, quantile, tableOf } from '../../../bench/report.js';

describe('report', () => {
  it('median() of an even number of values is the mean of the middle two', () => {
    assert.equal(median([4, 1, 3, 2]), 2.5);
  });

  it('quantile() is the first value that so many are not above', () => {
    assert.equal(quantile([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 0.9), 10);
  });

  it('comparison() divides round by round, by the peer whose median is best', () => {
    const rounds = new Map([
      ['ours', [10, 40, 12]],
      ['slow', [30, 30, 30]],
      ['fast', [20, 80, 20]],
    ]);
    const { ratio, isMet } = comparison('CPU', rounds, { best: 'lowest', target: atMost(0.55) });
    assert.deepEqual({ ratio, isMet }, { ratio: 0.5, isMet: true });
  });

  it('comparison() by the highest where more is better', () => {
    const rounds = new Map([
      ['ours', [33]],
      ['slow', [11]],
      ['fast', [30]],
    ]);
    const { ratio, isMet } = comparison('rate', rounds, { best: 'highest', target: atLeast(1.2) });
    assert.deepEqual({ ratio, isMet }, { ratio: 1.1, isMet: false });
  });

  it('comparison() without a peer has no ratio', () => {
    assert.equal(comparison('CPU', new Map([['ours', [1]]]), { best: 'lowest' }).ratio, undefined);
  });

  it('tableOf() says of each target whether it is met', () => {
    const rows = [figure('start, s', new Map([['ours', [2]]]), { target: atMost(1.5) })];
    const table = tableOf({ id: 'x', title: 'x', columns: ['ours'], rows, notes: [] });
    assert.match(table, /\| start, s \| 2\.0 {2}\| {7}\| ≤ 1\.5 missed \|/);
  });
});
