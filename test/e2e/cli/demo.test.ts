import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { flawline, noEngine } from '../../support/cli.js';

describe('flawline demo', { skip: noEngine }, () => {
  it('--count ends with 0 after that many results', async () => {
    const { code, out, err } = await flawline(['demo', '--count', '3'], { SSH_CONNECTION: '10.0.0.1 5 10.0.0.2 22' });
    assert.equal(code, 0, err);
    assert.equal(out.trim().split('\n').length, 1 + 3); // the header and three rows
    const hint =
      /on your own machine: ssh -L (\d+):127\.0\.0\.1:\1 10\.0\.0\.2, then http:\/\/localhost:\1\/\nit ends +with Ctrl-C\n/;
    assert.match(err, hint);
    assert.match(err, /\nnext: flawline infer .*\n.*docs\/quick-start\.md/);
    assert.match(err, /live page +http:\/\/127\.0\.0\.1:\d+\//);
  });
});
