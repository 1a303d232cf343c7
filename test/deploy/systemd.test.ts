/** The systemd unit, as far as that can be said without systemd as the first process. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ERRORS } from '../../src/std/errors.js';
import { packageRoot } from '../../src/std/package-root.js';
import { runTool, toolMissing } from '../support/process/run-tool.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';

const unit = readFileSync(join(packageRoot, 'deploy/systemd/flawline.service'), 'utf8');
/** In tenths: what `systemd-analyze security` calls "OK" ends at 5.0; the unit is at 1.3 with systemd 252. */
const THRESHOLD = '15';

describe('the systemd unit', { skip: toolMissing('systemd-analyze', 'apt-get install systemd') }, () => {
  it('is right, and as hardened as docs/deploy.md says, to systemd-analyze', async () => {
    await using folder = await makeTemporaryFolder();
    const here = unit.replace('/usr/bin/node', process.execPath).replace('/opt/flawline/bin', `${packageRoot}/bin`);
    const file = await folder.write('flawline.service', here);
    const verified = await runTool('systemd-analyze', ['verify', file]);
    assert.deepEqual([verified.code, verified.err], [0, '']);
    const judged = await runTool('systemd-analyze', ['security', '--offline=true', `--threshold=${THRESHOLD}`, file]);
    assert.equal(judged.code, 0, judged.out.slice(-200));
  });
});

it('starts the service again but for the exit codes that need somebody', () => {
  const [, codes = ''] = /^RestartPreventExitStatus=(.*)$/m.exec(unit) ?? [];
  const own = Object.values(ERRORS).flatMap((entry) => ('exitCode' in entry ? [entry.exitCode] : []));
  const needSomebody = [...new Set(own)].filter((code) => code !== undefined && code > 1).sort();
  assert.deepEqual(codes.split(' ').map(Number), needSomebody);
});
