import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { printable, proxyChoice } from '../../../src/setup/http-get.js';

const url = new URL('https://files.example/a');

describe('proxyChoice()', () => {
  it('takes the variable of the scheme, in small letters first', () => {
    const env = { HTTPS_PROXY: 'http://big:1', https_proxy: 'http://small:1', HTTP_PROXY: 'http://plain:1' };
    assert.equal(proxyChoice(env, undefined)(url)?.hostname, 'small');
  });
  it("lets pip's own setting overrule the variables", () => {
    assert.equal(proxyChoice({ HTTPS_PROXY: 'http://env:1' }, 'pip:3128')(url)?.hostname, 'pip');
  });
  for (const exempt of ['files.example', '.example', 'other.org, example', '*', '*.example']) {
    it(`uses none for a host that NO_PROXY=${exempt} exempts`, () => {
      assert.equal(proxyChoice({ HTTPS_PROXY: 'http://p:1', NO_PROXY: exempt }, undefined)(url), undefined);
    });
  }
  it('is not deceived by a host that ends alike', () => {
    const env = { HTTPS_PROXY: 'http://p:1', NO_PROXY: 'les.example' };
    assert.equal(proxyChoice(env, undefined)(url)?.hostname, 'p');
  });
});

describe('printable()', () => {
  it('leaves out name, password and query', () => {
    assert.equal(printable(new URL('https://me:secret@files.example:8443/a?token=1')), 'https://files.example:8443/a');
  });
});
