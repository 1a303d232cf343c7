import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { parseConfig, readPipSettings } from '../../../src/setup/pip.js';

describe('parseConfig()', () => {
  it('takes global and download, the latter winning, and nothing else', () => {
    const text =
      '[download]\nindex-url = https://b.example/\n[global]\nindex-url: https://a.example/\n[install]\nproxy = x';
    assert.deepEqual([...parseConfig(text)].at(-1), ['index-url', 'https://b.example/']);
    assert.equal(parseConfig(text).has('proxy'), false);
  });
  it('joins indented lines, skips comments and reads _ as -', () => {
    const text = '[global]\n# note\nextra_index_url =\n    https://a.example/\n; note\n    https://b.example/\n';
    assert.equal(parseConfig(text).get('extra-index-url'), 'https://a.example/ https://b.example/');
  });
  it('takes nothing from a file without sections', () => {
    assert.equal(parseConfig('index-url = https://a.example/').size, 0);
  });
});

describe('readPipSettings()', () => {
  const folder = mkdtempSync(join(tmpdir(), 'flawline-pip-'));
  const file = join(folder, 'pip.conf');
  writeFileSync(file, '[global]\nindex-url = https://file.example/simple\nproxy = http://proxy.example:3128\n');
  after(() => rmSync(folder, { recursive: true }));

  it('has the public index when nothing is configured', () => {
    const { indexUrls, findLinks, certFile, proxy } = readPipSettings({ PIP_CONFIG_FILE: '/dev/null' });
    assert.deepEqual([indexUrls, findLinks, certFile, proxy], [['https://pypi.org/simple'], [], undefined, undefined]);
  });
  it('reads the file that PIP_CONFIG_FILE names', () => {
    const { indexUrls, proxy } = readPipSettings({ PIP_CONFIG_FILE: file });
    assert.deepEqual([indexUrls, proxy], [['https://file.example/simple'], 'http://proxy.example:3128']);
  });
  it('lets variables overrule files', () => {
    const env = {
      PIP_CONFIG_FILE: file,
      PIP_INDEX_URL: 'https://env.example/',
      PIP_EXTRA_INDEX_URL: 'https://x.example/ https://y.example/',
    };
    const expected = ['https://env.example/', 'https://x.example/', 'https://y.example/'];
    assert.deepEqual(readPipSettings(env).indexUrls, expected);
  });
  it('has no index when PIP_NO_INDEX says so', () => {
    assert.deepEqual(readPipSettings({ PIP_CONFIG_FILE: '/dev/null', PIP_NO_INDEX: '1' }).indexUrls, []);
  });
  it("takes pip's certificate file before the general ones", () => {
    const env = { PIP_CONFIG_FILE: '/dev/null', PIP_CERT: '/pip.pem', SSL_CERT_FILE: '/ssl.pem' };
    assert.equal(readPipSettings(env).certFile, '/pip.pem');
  });
});
