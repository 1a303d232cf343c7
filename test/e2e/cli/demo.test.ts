import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { flawline, noEngine } from '../../support/cli.js';

describe('flawline demo', { skip: noEngine }, () => {
  it('--count ends with 0 after that many results', async () => {
    const { code, out, err } = await flawline(['demo', '--count', '3']);
    assert.equal(code, 0, err);
    assert.equal(out.trim().split('\n').length, 1 + 3); // the header and three rows
    assert.match(err, /live page +http:\/\/127\.0\.0\.1:\d+\//);
  });
});
