import assert from 'node:assert/strict';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { COMMANDS } from '../../../src/cli/table.js';
import { packageRoot } from '../../../src/std/package-root.js';
import { flawline } from '../../support/cli.js';
import { runTool } from '../../support/process/run-tool.js';
import { makeTemporaryFolder } from '../../support/temporary-folder.js';

describe('flawline in a checkout that is not set up', () => {
  it('says what to run', async () => {
    await using folder = await makeTemporaryFolder();
    const program = join(folder.path, 'bin/flawline.js');
    await cp(join(packageRoot, 'bin'), join(folder.path, 'bin'), { recursive: true });
    const { code, err } = await runTool(process.execPath, [program, 'run']);
    assert.deepEqual([code, err], [1, 'flawline is not set up in this folder yet. Run: npm run setup\n']);
  });
});

describe('flawline', () => {
  it('says what it can do', async () => {
    const { code, out } = await flawline(['--help']);
    assert.equal(code, 0);
    for (const name of Object.keys(COMMANDS)) assert.match(out, new RegExp(`^  ${name} `, 'm'));
  });

  it('refuses an unknown command with 2 and the known ones', async () => {
    const { code, err } = await flawline(['inspection']);
    assert.equal(code, 2);
    assert.match(err, /no command "inspection".*infer/);
  });

  it('refuses a misspelt command with 2 and the nearest one', async () => {
    const { code, err } = await flawline(['rnu']);
    assert.deepEqual([code, err], [2, 'flawline has no command "rnu". Did you mean "run"?\nSee: flawline --help\n']);
  });

  it('shows the help of a command, and refuses arguments that it does not take', async () => {
    const help = await flawline(['verify', '-h']);
    assert.deepEqual([help.code, /--count N/.test(help.out)], [0, true]);
    const { code, err } = await flawline(['doctor', 'all']);
    assert.deepEqual([code, err], [2, 'doctor takes options only: "all"\nSee: flawline doctor --help\n']);
  });
});
