import assert from 'node:assert/strict';
import { cp } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { flawline, noEngine, TEST_UNET } from '../../support/cli.js';
import { makeTemporaryFolder } from '../../support/temporary-folder.js';
import { readVectorFile, vectorPath } from '../../vectors/load-vectors.js';

describe('flawline model', { skip: noEngine }, () => {
  it('golden writes the entry that model check and the service then compare with', async () => {
    await using folder = await makeTemporaryFolder();
    await cp(TEST_UNET, folder.path, { recursive: true });
    const before = await flawline(['model', 'check', folder.path]);
    assert.equal(before.code, 0, before.err);
    const golden = await flawline(['model', 'golden', folder.path, vectorPath('images/syn_256.png')]);
    assert.equal(golden.code, 0, golden.err);
    const passed = await flawline(['model', 'check', folder.path]);
    assert.match(passed.out, /self-test +passed/);
    await folder.write('self-test.png', readVectorFile('images/syn_black.png'));
    const failed = await flawline(['model', 'check', folder.path]);
    assert.equal(failed.code, 1);
    assert.match(failed.err, /ERR_SELF_TEST/);
  });
});
