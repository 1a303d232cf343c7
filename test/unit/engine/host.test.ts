import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { supportedArchitecture, thisHost } from '../../../src/engine/host.js';

describe('supportedArchitecture()', () => {
  for (const arch of ['x64', 'arm64']) {
    it(`takes Linux with glibc on ${arch}`, () => {
      assert.equal(supportedArchitecture({ platform: 'linux', arch, glibcVersion: '2.36' }), arch);
    });
  }
  for (const [name, host] of [
    ['darwin', { platform: 'darwin', arch: 'arm64', glibcVersion: undefined }],
    ['win32', { platform: 'win32', arch: 'x64', glibcVersion: undefined }],
    ['linux with musl', { platform: 'linux', arch: 'x64', glibcVersion: undefined }],
    ['linux riscv64', { platform: 'linux', arch: 'riscv64', glibcVersion: '2.36' }],
  ] as const) {
    it(`refuses ${name} by name`, () => {
      const expected = { code: 'ERR_RUNTIME_MISSING', message: new RegExp(`: this is ${name}$`) };
      assert.throws(() => supportedArchitecture(host), expected);
    });
  }
});

describe('thisHost()', () => {
  it('gives the version of glibc as numbers', () => {
    assert.match(thisHost().glibcVersion ?? '', /^\d+\.\d+/);
  });
});
