import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { MEASURE_ROWS } from '../../../src/domain/measures.js';
import { CLI, flawline, noEngine, TEST_UNET } from '../../support/cli.js';
import { makeTemporaryFolder } from '../../support/temporary-folder.js';
import { vectorPath } from '../../vectors/load-vectors.js';

async function folders(root: string, ...names: readonly string[]): Promise<void> {
  for (const name of names) {
    await mkdir(join(root, name));
    await copyFile(vectorPath('images/syn_3x2.png'), join(root, name, 'x.png'));
  }
}

describe('flawline infer', { skip: noEngine }, () => {
  it('gives a slow reader all that it printed', async () => {
    const files = Array.from({ length: 5000 }, () => vectorPath('images/syn_gif.gif'));
    const child = spawn(process.execPath, [CLI, 'infer', '--json', ...files], {
      env: { PATH: process.env['PATH'], FLAWLINE_MODEL_PATH: TEST_UNET },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    // Nobody reads: it has more to say than a pipe holds, and must not end before it is read.
    await Promise.race([once(child, 'exit'), delay(5000)]);
    const out = await text(child.stdout);
    assert.equal(out.split('\n').length - 1, files.length);
  });

  it('--model takes one of several, and names them where there is no such', async () => {
    await using folder = await makeTemporaryFolder();
    const models = `[{id: broken, path: /nowhere}, {id: good, path: ${TEST_UNET}}]`;
    const rules = '[{id: r, model: good, where: "true"}]';
    const config = await folder.write('flawline.yaml', `models: ${models}\nrules: ${rules}\n`);
    const infer = (model: string) =>
      flawline(['infer', vectorPath('images/syn_3x2.png'), '--config', config, '--model', model], {
        FLAWLINE_MODEL_PATH: '',
      });
    const good = await infer('good');
    assert.match(good.out, /syn_3x2\.png {2}3×2 {2}defect \d/);
    const none = await infer('c');
    assert.equal(none.code, 2);
    assert.match(none.err, /--model takes broken or good: "c"/);
  });

  it('--json prints one object a picture, writes the pictures, and ends with 1 if one was refused', async () => {
    await using folder = await makeTemporaryFolder();
    const args = [
      'infer',
      vectorPath('images/syn_color.jpg'),
      vectorPath('images/syn_gif.gif'),
      '--json',
      '--out',
      folder.path,
    ];
    const { code, out } = await flawline(args);
    assert.equal(code, 1);
    const [good, bad] = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    // The model has no classes, and is no classifier.
    const measured = MEASURE_ROWS.map(([measure]) => measure).filter(
      (measure) => !['defects', 'classes'].includes(measure),
    );
    assert.deepEqual(Object.keys(good).sort(), ['file', 'inference time', ...measured].sort());
    assert.deepEqual([good.defect, good.width, good.height], [10, 480, 360]);
    assert.equal(bad.error.code, 'ERR_IMAGE_FORMAT');
    assert.ok(existsSync(join(folder.path, 'syn_color.jpg.result.jpg')));
    assert.ok(existsSync(join(folder.path, 'syn_color.jpg.mask.png')));
  });
});

describe('flawline infer with arguments that are wrong', () => {
  it('--out refuses two pictures whose results would have one name, before it inspects any', async () => {
    await using root = await makeTemporaryFolder();
    await folders(root.path, 'a', 'b');
    const { code, err } = await flawline(['infer', 'a', 'b', '--out', 'out'], {}, root.path);
    assert.equal(code, 2);
    assert.match(err, /--out.*a\/x\.png.*b\/x\.png/s);
    assert.ok(!(await readdir(root.path)).includes('out'));
  });

  it('--out refuses a file in place of a folder', async () => {
    await using root = await makeTemporaryFolder();
    await folders(root.path, 'a');
    await writeFile(join(root.path, 'out'), '');
    const { code, err } = await flawline(['infer', 'a', '--out', 'out'], {}, root.path);
    assert.deepEqual([code, /--out takes a folder that can be written: /.test(err)], [2, true]);
    assert.doesNotMatch(err, /at async/);
  });
});
