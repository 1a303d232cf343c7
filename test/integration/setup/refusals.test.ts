import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setUpRuntime } from '../../../src/setup/set-up-runtime.js';
import { startSandbox } from './sandbox.js';
import { pin, wheel } from './wheel.js';
import { startIndex } from './wheel-index.js';

describe('setUpRuntime()', () => {
  for (const [what, body] of [
    ['with another hash', Buffer.from(wheel).fill(0, 100, 200)],
    ['that was cut', wheel.subarray(0, -10)],
    ['that is longer than it may be', Buffer.concat([wheel, wheel])],
  ] as const) {
    it(`refuses a download ${what}, says what to do and leaves nothing`, async () => {
      using box = startSandbox();
      await using index = await startIndex(body);
      const options = box.options({ PIP_INDEX_URL: `${index.url}/simple` });
      await assert.rejects(setUpRuntime(options), { code: 'ERR_RUNTIME_MISSING', message: /setup --wheel FILE$/ });
      assert.deepEqual(readdirSync(join(box.target, '..')), []);
    });
  }

  it('says what is tried where nothing is to be had, and where a browser finds the file', async () => {
    using box = startSandbox();
    const options = box.options({ PIP_INDEX_URL: 'http://127.0.0.1:9/simple' });
    const message =
      /127\.0\.0\.1:9 cannot be reached: .*in a browser from https:\/\/pypi\.org\/project\/openvino\/\S+#files or by pip /;
    await assert.rejects(setUpRuntime(options), { code: 'ERR_RUNTIME_MISSING', message });
    assert.match(
      box.lines.join(''),
      /getting \S+\.whl: with pip if it is here, else without\n.*asking http:\/\/127\.0\.0\.1:9\/simple\n/s,
    );
  });

  it('refuses a brought wheel with another hash, with both hashes', async () => {
    using box = startSandbox();
    const path = join(box.root, 'brought.whl');
    writeFileSync(path, 'another');
    const message = new RegExp(`must be ${pin.sha256}: it is [0-9a-f]{64}`);
    await assert.rejects(setUpRuntime(box.options({}, { wheel: path })), { code: 'ERR_RUNTIME_MISSING', message });
  });

  it('refuses an older C library by its version', async () => {
    using box = startSandbox();
    const host = { platform: 'linux', arch: 'x64', glibcVersion: '2.17' } as const;
    const message = /needs glibc >= 2\.28: this system has 2\.17/;
    await assert.rejects(setUpRuntime(box.options({}, { host })), { code: 'ERR_RUNTIME_MISSING', message });
  });
});
