/** GitHub's workflows, as far as that can be said without GitHub. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { packageRoot } from '../../src/std/package-root.js';
import { runTool, toolMissing } from '../support/process/run-tool.js';

const FOLDER = join(packageRoot, '.github/workflows');
const files = readdirSync(FOLDER).map((name) => join(FOLDER, name));
const scripts = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')).scripts;

describe('workflows', () => {
  it('are right to actionlint', { skip: toolMissing('actionlint', '.ci/deploy builds it') }, async () => {
    const { code, out, err } = await runTool('actionlint', ['-color=false', ...files], { cwd: packageRoot });
    assert.equal(code, 0, out + err);
  });

  it('call scripts that are there', () => {
    const text = files.map((file) => readFileSync(file, 'utf8')).join('\n');
    const called = [...text.matchAll(/npm run ([\w:]+)/g)].map(([, name = '']) => name);
    assert.deepEqual(
      called.filter((name) => scripts[name] === undefined),
      [],
    );
    const lanes = [...text.matchAll(/(?<![\w/])(\.ci\/\w+|scripts\/[\w-]+\.\w+)/g)].map(([, path = '']) => path);
    assert.ok(lanes.length >= 3);
    assert.deepEqual(
      lanes.filter((path) => !existsSync(join(packageRoot, path))),
      [],
    );
  });
});
