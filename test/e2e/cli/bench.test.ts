import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { flawline, noEngine } from '../../support/cli.js';
import { vectorPath } from '../../vectors/load-vectors.js';

describe('flawline bench', { skip: noEngine }, () => {
  it('prints stage times, the pace and the ceiling', async () => {
    const { code, out, err } = await flawline(['bench', vectorPath('images/syn_color.jpg'), '--seconds', '0.3']);
    assert.equal(code, 0, err);
    assert.match(out, /pictures in .* a second/);
    assert.match(out, /^infer +[\d.]+ +[\d.]+$/m);
    assert.match(out, /inference alone: [\d.]+ a second is the ceiling/);
  });
});
