/** What would go wrong: a disk that is full or slow holds up messages or fills the memory; a label is lost to a new picture. */
import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { decodeMaskPng } from '../../../src/imaging/mask-png.js';
import { createKeeper, type KeepInput } from '../../../src/keep/keeper.js';
import { type KeptFolder, openKeptFolder } from '../../../src/keep/kept-folder.js';
import { measuresOf } from '../../support/builders.js';
import { makeTemporaryFolder } from '../../support/temporary-folder.js';
import { until } from '../../support/until.js';
import { readVectorFile } from '../../vectors/load-vectors.js';

const DAY_MS = 86_400_000;
const PICTURE = new Uint8Array(readVectorFile('images/syn_3x2.png'));

/** Something that begins as a PNG does. */
function pictureOf(bytes: number): Uint8Array<ArrayBuffer> {
  const picture = new Uint8Array(bytes);
  picture.set(PICTURE);
  return picture;
}

/** A picture of 4×2 whose right half the model found, from a mask of half the size. */
function input(id: string, receivedAtMs = 0, picture: Uint8Array<ArrayBuffer> = PICTURE): KeepInput {
  return {
    kept: {
      model: 'default',
      reasons: [{ rule: 'default', why: 'share' }],
      picture,
      mask: Uint8Array.of(0, 255),
      maskSize: { width: 2, height: 1 },
      seen: { x: 0, y: 0, width: 4, height: 2 },
    },
    id,
    topic: 'camera/1',
    receivedAtMs,
    model: 'm@1',
    rules: ['default'],
    measures: measuresOf({ width: 4, height: 2, defect: 1 }),
  };
}

interface Setting {
  readonly maxBytes?: number;
  readonly days?: number;
  readonly change?: (folder: KeptFolder) => KeptFolder;
}

async function withKeeper({ maxBytes = 2 ** 20, days = 30, change = (folder) => folder }: Setting) {
  const temporary = await makeTemporaryFolder();
  const lines: string[] = [];
  let now = 0;
  const log = { warn: (_: unknown, text: string) => lines.push(text), info: () => undefined };
  const folder = change(openKeptFolder(join(temporary.path, 'kept')));
  const start = () => createKeeper({ folder, log, nowMs: () => now }, { maxBytes, days });
  const keeper = start();
  return {
    keeper,
    start,
    lines,
    path: temporary.path,
    names: async () => (await readdir(join(temporary.path, 'kept/default')).catch(() => [])).sort(),
    setNow: (ms: number) => {
      now = ms;
    },
    settled: (count: number) =>
      until('all is written or given up', () => {
        const { kept, notKept } = keeper.status();
        return kept + notKept.disk + notKept.full === count;
      }),
    [Symbol.asyncDispose]: () => temporary[Symbol.asyncDispose](),
  };
}

describe('createKeeper()', () => {
  it('writes picture, mask at the picture’s size and record', async () => {
    await using test = await withKeeper({});
    test.keeper.add(input('a'));
    await test.keeper.close(5000);
    const name = '19700101T000000000Z-a';
    assert.deepEqual(await test.names(), [`${name}.found.png`, `${name}.json`, `${name}.png`]);
    const [entry] = await test.keeper.list(false, 10);
    assert.deepEqual(
      [entry?.id, entry?.topic, entry?.measures.defect, entry?.picture],
      ['a', 'camera/1', 1, `${name}.png`],
    );
    const found = await decodeMaskPng((await test.keeper.folder.readFile(`default/${name}`, 'found.png')) ?? PICTURE);
    assert.deepEqual([found.width, found.height, [...found.data]], [4, 2, [0, 0, 255, 255, 0, 0, 255, 255]]);
  });

  it('stays below its bytes by taking the oldest away', async () => {
    const large = pictureOf(400_000);
    await using test = await withKeeper({});
    for (const [at, id] of ['a', 'b', 'c', 'd'].entries()) test.keeper.add(input(id, at, large));
    await test.keeper.close(5000);
    assert.deepEqual(
      (await test.keeper.list(false, 10)).map(({ id }) => id),
      ['d', 'c'],
    );
    const { bytes, unjudged } = test.keeper.status();
    assert.ok(bytes > 800_000 && bytes < 2 ** 20 && unjudged === 2, String(bytes));
  });

  it('keeps what is judged, and says when that takes all the room', async () => {
    const large = pictureOf(700_000);
    await using test = await withKeeper({});
    test.keeper.add(input('a', 0, large));
    await test.settled(1);
    await test.keeper.judge('default/19700101T000000000Z-a', { verdict: 'right' });
    test.keeper.add(input('b', 1, large));
    await test.settled(2);
    assert.deepEqual([test.keeper.status().judged, test.keeper.status().notKept.full], [1, 1]);
    assert.match(test.keeper.status().fault ?? '', /judged pictures take all/);
  });

  it('takes away what nobody judged for days, at its start', async () => {
    await using test = await withKeeper({ days: 2 });
    test.keeper.add(input('old', 0));
    test.keeper.add(input('young', DAY_MS));
    await test.keeper.close(5000);
    test.setNow(2.5 * DAY_MS);
    assert.deepEqual(
      (await test.start().list(false, 10)).map(({ id }) => id),
      ['young'],
    );
  });

  it('counts at a new start what is there, and clears what a crash left unfinished', async () => {
    await using test = await withKeeper({});
    test.keeper.add(input('a'));
    await test.keeper.close(5000);
    await writeFile(join(test.path, 'kept/default/19700101T000000001Z-b.jpg'), 'no record');
    await writeFile(join(test.path, 'kept/default/notes.txt'), 'of a person');
    const again = test.start();
    assert.equal((await again.list(false, 10)).length, 1);
    assert.equal(again.status().bytes, test.keeper.status().bytes);
    assert.deepEqual(
      (await test.names()).filter((name) => !name.includes('Z-a')),
      ['notes.txt'],
    );
  });

  it('goes on without a disk: counts, tells once, leaves no half picture, and writes again when it is back', async () => {
    let isFull = true;
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    await using test = await withKeeper({
      change: (folder) => ({
        ...folder,
        write: (...given) => (isFull ? Promise.reject(full) : folder.write(...given)),
      }),
    });
    for (const id of ['a', 'b']) test.keeper.add(input(id));
    await test.settled(2);
    assert.equal(test.keeper.status().notKept.disk, 2);
    assert.match(test.keeper.status().fault ?? '', /ENOSPC/);
    assert.equal(test.lines.length, 1);
    isFull = false;
    test.setNow(10_000);
    test.keeper.add(input('c'));
    await test.settled(3);
    assert.deepEqual([test.keeper.status().kept, test.keeper.status().fault], [1, undefined]);
  });

  it('holds a bounded number of bytes for a disk that stands still', async () => {
    await using test = await withKeeper({
      change: (folder) => ({ ...folder, scan: () => new Promise(() => undefined) }),
    });
    const large = pictureOf(30 * 2 ** 20);
    for (const id of ['a', 'b', 'c']) test.keeper.add(input(id, 0, large));
    assert.equal(test.keeper.status().notKept.too_fast, 1);
    const startedAt = performance.now();
    await test.keeper.close(50);
    assert.ok(performance.now() - startedAt < 5000);
  });

  it('judges, takes back, and refuses what is not there', async () => {
    await using test = await withKeeper({});
    test.keeper.add(input('a'));
    await test.keeper.close(5000);
    const key = '19700101T000000000Z-a';
    assert.equal(await test.keeper.judge(`default/${key}`, { verdict: 'right' }), true);
    assert.deepEqual(
      await test.keeper.folder.readFile(`default/${key}`, 'mask.png'),
      await test.keeper.folder.readFile(`default/${key}`, 'found.png'),
    );
    const mask = Buffer.from('a mask');
    await test.keeper.judge(`default/${key}`, { verdict: 'wrong', mask });
    assert.deepEqual(await test.keeper.folder.readFile(`default/${key}`, 'mask.png'), mask);
    assert.equal((await test.keeper.read(`default/${key}`))?.judgement?.verdict, 'wrong');
    await test.keeper.judge(`default/${key}`, null);
    assert.deepEqual([(await test.names()).length, test.keeper.status().unjudged], [3, 1]);
    assert.equal(await test.keeper.judge('default/19700101T000000000Z-z', { verdict: 'right' }), false);
  });
});
