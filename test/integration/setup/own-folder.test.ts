import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { foreignHost } from '../../../src/engine/host.js';
import { setUpRuntime } from '../../../src/setup/set-up-runtime.js';
import { startSandbox } from './sandbox.js';
import { LIBRARIES } from './wheel.js';
import { startIndex } from './wheel-index.js';

describe('setUpRuntime()', () => {
  it('unpacks only the needed libraries and the licences, and leaves no other trace', async () => {
    using box = startSandbox();
    await using index = await startIndex();
    const { outcome, place } = await setUpRuntime(box.options({ PIP_INDEX_URL: `${index.url}/simple/` }));
    assert.deepEqual([outcome, place.library], ['filled', join(box.target, 'libopenvino_c.so.2641')]);
    assert.deepEqual(readdirSync(box.target).sort(), [...LIBRARIES, 'licenses', 'manifest.json'].sort());
    assert.deepEqual(readdirSync(join(box.target, '..')), ['openvino-2026.4.1']);
  });

  it('fills the folder for another architecture, though a runtime for this one is there', async () => {
    using box = startSandbox();
    await using index = await startIndex();
    const env = { PIP_INDEX_URL: `${index.url}/simple` };
    await setUpRuntime(box.options(env));
    const host = foreignHost('arm64');
    const { outcome } = await setUpRuntime(box.options(env, { host, isForeign: true }));
    assert.equal(outcome, 'filled');
  });

  it('downloads nothing the second time', async () => {
    using box = startSandbox();
    await using index = await startIndex();
    const options = box.options({ PIP_INDEX_URL: `${index.url}/simple` });
    await setUpRuntime(options);
    const requests = index.requests.length;
    const { outcome } = await setUpRuntime(options);
    assert.deepEqual([outcome, index.requests.length], ['present', requests]);
  });

  it('fills a folder again in which a file was cut', async () => {
    using box = startSandbox();
    await using index = await startIndex();
    const options = box.options({ PIP_INDEX_URL: `${index.url}/simple` });
    await setUpRuntime(options);
    truncateSync(join(box.target, 'libtbb.so.12'), 3);
    assert.equal((await setUpRuntime(options)).outcome, 'filled');
  });

  it('leaves a runtime elsewhere in peace', async () => {
    using box = startSandbox();
    const site = join(box.root, 'venv/lib/python3.12/site-packages/openvino/libs');
    mkdirSync(site, { recursive: true });
    writeFileSync(join(site, 'libopenvino_c.so.2641'), '');
    const { outcome } = await setUpRuntime(box.options({ VIRTUAL_ENV: join(box.root, 'venv') }));
    assert.deepEqual([outcome, existsSync(box.target)], ['present', false]);
  });

  it('does not fill the own folder for a wrong openvino.dir', async () => {
    using box = startSandbox();
    const message = /Correct openvino\.dir/;
    await assert.rejects(setUpRuntime(box.options({}, { dir: join(box.root, 'no') })), { message });
    assert.equal(existsSync(box.target), false);
  });

  it('sweeps up what a killed set-up left', async () => {
    using box = startSandbox();
    await using index = await startIndex();
    mkdirSync(join(box.target, '../.staging-999999999/new'), { recursive: true });
    await setUpRuntime(box.options({ PIP_INDEX_URL: `${index.url}/simple` }));
    assert.deepEqual(readdirSync(join(box.target, '..')), ['openvino-2026.4.1']);
  });

  it('sweeps up what a killed set-up left that had the same process number, as in each container', async () => {
    using box = startSandbox();
    await using index = await startIndex();
    mkdirSync(join(box.target, `../.staging-${process.pid}/new`), { recursive: true });
    await setUpRuntime(box.options({ PIP_INDEX_URL: `${index.url}/simple` }));
    assert.deepEqual(readdirSync(join(box.target, '..')), ['openvino-2026.4.1']);
  });
});
