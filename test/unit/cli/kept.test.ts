/** What would go wrong: pictures that nobody judged are exported as if they had been, or an id tells the terminal what to do. */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { kept } from '../../../src/cli/kept.js';
import { readOptions } from '../../../src/cli/options.js';
import { encodeMaskPng } from '../../../src/imaging/mask-png.js';
import { openKeptFolder } from '../../../src/keep/kept-folder.js';
import { measuresOf } from '../../support/builders.js';
import { recordedIo } from '../../support/service/command-io.js';
import { makeTemporaryFolder } from '../../support/temporary-folder.js';

const RIGHT = 'default/20261129T224448123Z-right';
const WRONG = 'default/20261129T224449123Z-wrong';
const OPEN = 'default/20261129T224450123Z-open';

async function folderOfThree() {
  const temporary = await makeTemporaryFolder();
  const folder = openKeptFolder(join(temporary.path, 'kept'));
  const found = await encodeMaskPng(Uint8Array.of(255, 0, 0, 0, 0, 255), 3, 2);
  for (const key of [RIGHT, WRONG, OPEN]) {
    const [, name = ''] = key.split('/');
    const record = {
      format: 1,
      id: name,
      topic: 'line\u001b[2J/1',
      receivedAt: '2026-11-29T22:44:48.123Z',
      model: 'm@1',
      reasons: [{ rule: 'default', why: 'share' }],
      rules: [],
      picture: `${name}.jpg`,
      measures: measuresOf({ width: 3, height: 2 }),
    } as const;
    await folder.write(key, { record, picture: Buffer.from(name), found });
  }
  await folder.judge(RIGHT, { verdict: 'right', at: '2026-11-30T00:00:00.000Z' });
  await folder.judge(
    WRONG,
    { verdict: 'wrong', at: '2026-11-30T00:00:00.000Z' },
    await encodeMaskPng(new Uint8Array(6), 3, 2),
  );
  return temporary;
}

async function run(cwd: string, ...args: readonly string[]) {
  const io = recordedIo({ cwd });
  const { values, positionals } = readOptions(kept.options, ['--path', 'kept', ...args]);
  const code = await kept.run({ ...values, config: undefined }, positionals, io);
  return { code, out: io.out() };
}

describe('flawline kept', () => {
  it('counts what is judged and what is not', async () => {
    await using folder = await folderOfThree();
    assert.match((await run(folder.path)).out, /3 kept, 0\.0 MiB\njudged 2 \(right 1, wrong 1\), not judged 1\n$/);
  });

  it('says that a folder that is not there is empty', async () => {
    await using folder = await makeTemporaryFolder();
    assert.match((await run(folder.path)).out, /0 kept/);
  });

  it('lists a line each, without control characters of a topic', async () => {
    await using folder = await folderOfThree();
    const { out } = await run(folder.path, 'list', '--state', 'unjudged');
    assert.match(out, /^2026-11-29T22:44:48\.123Z {2}- .*default\/20261129T224450123Z-open\n$/);
    assert.ok(!out.includes('\u001b'));
  });

  it('lists whole records as JSON', async () => {
    await using folder = await folderOfThree();
    const { out } = await run(folder.path, 'list', '--json', '--state', 'judged');
    const verdicts = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).judgement.verdict);
    assert.deepEqual(verdicts, ['right', 'wrong']);
  });

  it('exports judged pictures with their masks', async () => {
    await using folder = await folderOfThree();
    const { out } = await run(folder.path, 'export', '--out', 'out');
    assert.match(out, /^2 judged pictures in .*; 1 are left that nobody has judged\n$/);
    const names = ['default-20261129T224448123Z-right', 'default-20261129T224449123Z-wrong'];
    assert.deepEqual(
      (await readdir(join(folder.path, 'out/images'))).sort(),
      names.map((name) => `${name}.jpg`),
    );
    assert.deepEqual(
      (await readdir(join(folder.path, 'out/masks'))).sort(),
      names.map((name) => `${name}.png`),
    );
  });

  it('exports them as COCO, the clean one without annotations', async () => {
    await using folder = await folderOfThree();
    await run(folder.path, 'export', '--format', 'coco', '--out', 'out');
    const { images, annotations } = JSON.parse(await readFile(join(folder.path, 'out/annotations.json'), 'utf8'));
    assert.deepEqual(
      images.map(({ id, width }: { id: number; width: number }) => [id, width]),
      [
        [1, 3],
        [2, 3],
      ],
    );
    assert.deepEqual(
      annotations.map(({ image_id, area }: { image_id: number; area: number }) => [image_id, area]),
      [
        [1, 1],
        [1, 1],
      ],
    );
  });

  for (const args of [['remove'], ['list', 'more'], ['export']]) {
    it(`refuses ${args.join(' ')}`, async () => {
      await using folder = await folderOfThree();
      await assert.rejects(run(folder.path, ...args), { name: 'UsageError' });
    });
  }

  it('says what is missing where no folder is named', async () => {
    const io = recordedIo({ cwd: '/' });
    const { values } = readOptions(kept.options, []);
    await assert.rejects(kept.run({ ...values, config: undefined }, [], io), {
      message: /keep\.path or --path must name/,
    });
  });
});
