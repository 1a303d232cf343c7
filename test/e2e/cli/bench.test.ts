import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { endsWithin, flawline, noEngine, startFlawline } from '../../support/cli.js';
import { until } from '../../support/until.js';
import { vectorPath } from '../../vectors/load-vectors.js';

const PICTURE = vectorPath('images/syn_color.jpg');

describe('flawline bench', { skip: noEngine }, () => {
  it('prints stage times, the pace and the ceiling', async () => {
    const { code, out, err } = await flawline(['bench', PICTURE, '--seconds', '0.3']);
    assert.equal(code, 0, err);
    assert.match(err, /^measuring for 2 × 0\.3 s/);
    assert.match(out, /pictures in .* a second/);
    assert.match(out, /^infer +[\d.]+ +[\d.]+$/m);
    assert.match(out, /inference alone: [\d.]+ a second is the ceiling/);
  });

  it('ends at Ctrl-C while it measures the workers', async () => {
    await using bench = startFlawline(['bench', PICTURE, '--seconds', '600']);
    await until('it measures', () => bench.err().includes('measuring'), 60_000);
    bench.kill('SIGINT');
    const { code, err } = await endsWithin(bench, 60_000);
    assert.equal(code, 1);
    assert.match(err, /interrupted/);
  });

  it('ends at Ctrl-C while it measures inference alone', async () => {
    await using bench = startFlawline(['bench', PICTURE, '--seconds', '5']);
    await until('the workers are measured', () => bench.out().includes('pictures in'), 60_000);
    bench.kill('SIGINT');
    const { code, out } = await endsWithin(bench, 60_000);
    assert.deepEqual([code, out.includes('inference alone')], [1, false]);
  });
});
