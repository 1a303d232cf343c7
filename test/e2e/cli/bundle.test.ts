/** The command as npm and the image start it: bundled. Its files lie in one folder, where each must find the others. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { packageRoot } from '../../../src/std/package-root.js';
import { flawline, noEngine, TEST_UNET } from '../../support/cli.js';
import { runTool, type ToolRun } from '../../support/process/run-tool.js';
import { vectorPath } from '../../vectors/load-vectors.js';

let folder: string;

const bundled = (...args: string[]): Promise<ToolRun> =>
  runTool(process.execPath, [join(folder, 'cli.js'), ...args], { env: { FLAWLINE_MODEL_PATH: TEST_UNET } });

describe('the bundled command', { skip: noEngine }, () => {
  before(async () => {
    folder = await mkdtemp(join(packageRoot, 'build/bundle-')); // in the package, whose dependencies it finds there
    const made = await runTool(process.execPath, [join(packageRoot, 'scripts/bundle.mjs'), folder]);
    assert.equal(made.code, 0, made.err);
  });

  after(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it('runs the service with its threads and processes', async () => {
    const { code, out, err } = await bundled('demo', '--count', '5');
    assert.equal(code, 0, err);
    assert.equal(out.split('\n').filter((line) => /^ *\d+ /.test(line)).length, 5, out);
  });

  it('gives the same results as the files that it is made of', async () => {
    const args = ['infer', '--json', vectorPath('images/syn_color.jpg'), vectorPath('images/syn_palette.png')];
    const own = await flawline(args);
    assert.equal(own.code, 0, own.err);
    const { code, out, err } = await bundled(...args);
    assert.equal(code, 0, err);
    assert.equal(withoutTimes(out), withoutTimes(own.out));
  });
});

function withoutTimes(text: string): string {
  return text.replaceAll(/"inference time":[\d.]+/g, '');
}
