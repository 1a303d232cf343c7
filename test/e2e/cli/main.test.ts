import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { COMMANDS } from '../../../src/cli/table.js';
import { flawline } from '../../support/cli.js';

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
