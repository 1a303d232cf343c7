import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setup } from '../../../src/cli/setup.js';
import { isTried, markTried } from '../../../src/setup/find-runtime.js';
import { recordedIo } from '../../support/service/command-io.js';
import { makeTemporaryFolder } from '../../support/temporary-folder.js';

const NO_OPTIONS = {
  arch: undefined,
  config: undefined,
  force: false,
  'quiet-if-present': true,
  wheel: undefined,
};

describe('setup', () => {
  it('never calls a runtime present that does not work, however often it is asked', async () => {
    await using folder = await makeTemporaryFolder();
    await folder.write('libopenvino_c.so', 'no library');
    for (const _attempt of [1, 2]) {
      const io = recordedIo({ env: { FLAWLINE_OPENVINO_DIR: folder.path } });
      await assert.rejects(setup.run(NO_OPTIONS, [], io), { code: 'ERR_RUNTIME_LOAD' });
      assert.doesNotMatch(io.err(), /already/);
    }
  });

  it('asked for openvino-node it says how to get the package, and fetches nothing else', async () => {
    const io = recordedIo({ env: { FLAWLINE_ENGINE: 'openvino-node' } });
    const work = setup.run({ ...NO_OPTIONS, 'quiet-if-present': false }, [], io);
    const outcome = await work.catch((error: unknown) => error);
    if (outcome === 0) return; // the package is really here
    assert.match(String(outcome), /npm (rebuild openvino-node|install --no-save --foreground-scripts openvino-node@)/);
  });
});

describe('isTried()', () => {
  const place = (path: string) =>
    ({ kind: 'system', path, library: join(path, 'libopenvino_c.so'), verdict: '' }) as const;

  it('knows a library that was tried, until it is another', async () => {
    await using folder = await makeTemporaryFolder();
    await folder.write('runtime/x', '');
    await folder.write('libopenvino_c.so', 'one');
    assert.equal(isTried(folder.path, place(folder.path)), false);
    markTried(folder.path, place(folder.path));
    assert.equal(isTried(folder.path, place(folder.path)), true);
    await folder.write('libopenvino_c.so', 'another');
    assert.equal(isTried(folder.path, place(folder.path)), false);
  });
});
