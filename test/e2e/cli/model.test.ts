import assert from 'node:assert/strict';
import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import sharp from 'sharp';
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

  it('check tells a detector’s task, layout, classes and thresholds with where each is from, and draws what it finds', async () => {
    await using folder = await makeTemporaryFolder();
    for (const name of ['model.xml', 'model.bin', 'metadata.yaml']) {
      await folder.write(name, readVectorFile(`tasks/yolo-segment/${name}`));
    }
    const picture = vectorPath('tasks/pictures/part.png');
    const golden = await flawline(['model', 'golden', folder.path, picture]);
    assert.equal(golden.code, 0, golden.err);
    const checked = await flawline(['model', 'check', folder.path, picture], {}, folder.path);
    assert.equal(checked.code, 0, checked.err);
    for (const row of [
      /^task +instance-segmentation {2}\(metadata\.yaml\)$/m,
      /^layout +yolo {2}\(the shapes of the outputs\)$/m,
      /^labels +scratch, big dent, stain {2}\(metadata\.yaml\)$/m,
      /^threshold +0\.25 {2}\(usual for yolo\)$/m,
      /^self-test +passed$/m,
      /^defect +54, scratch 19, big dent 20, stain 15$/m,
    ]) {
      assert.match(checked.out, row);
    }
    const drawn = await sharp(await readFile(join(folder.path, 'part.png.checked.jpg'))).metadata();
    assert.deepEqual([drawn.format, drawn.width, drawn.height], ['jpeg', 331, 247]);
  });

  it('golden records what a classifier says of its picture, and check compares it', async () => {
    await using folder = await makeTemporaryFolder();
    for (const name of ['model.xml', 'model.bin', 'metadata.yaml']) {
      await folder.write(name, readVectorFile(`tasks/yolo-classify/${name}`));
    }
    const golden = await flawline(['model', 'golden', folder.path, vectorPath('tasks/pictures/part.png')]);
    assert.equal(golden.code, 0, golden.err);
    const file = join(folder.path, 'model.json');
    const manifest = JSON.parse(await readFile(file, 'utf8')) as { selfTest: { classes: Record<string, number> } };
    const { classes } = manifest.selfTest;
    const [name = ''] = Object.keys(classes);
    assert.match((await flawline(['model', 'check', folder.path])).out, /self-test +passed/);
    const other = { ...classes, [name]: ((classes[name] ?? 0) + 0.5) % 1 };
    await folder.write(
      'model.json',
      JSON.stringify({ ...manifest, selfTest: { ...manifest.selfTest, classes: other } }),
    );
    const failed = await flawline(['model', 'check', folder.path]);
    assert.equal(failed.code, 1);
    assert.match(failed.err, new RegExp(`ERR_SELF_TEST.*a score of ${name}`));
  });
});
