import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { flawline, noEngine } from '../../support/cli.js';
import { vectorPath } from '../../vectors/load-vectors.js';

describe('flawline config', { skip: noEngine }, () => {
  it('check --picture gives the verdict of the rule', async () => {
    const args = ['config', 'check', '--picture', vectorPath('images/syn_color.jpg')];
    const { code, out } = await flawline(args, { FLAWLINE_RULE_WHERE: 'defect > 10' });
    assert.equal(code, 0);
    assert.match(out, /rule default: defect > 10 {2}→ {2}filtered {2}\(defect 10\)/);
  });
});
