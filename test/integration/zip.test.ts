import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { extract, readEntries } from '../../src/setup/zip.js';
import { zip } from '../support/zip-writer.js';

describe('zip', () => {
  const folder = mkdtempSync(join(tmpdir(), 'flawline-zip-'));
  after(() => rmSync(folder, { recursive: true }));
  const text = Buffer.from('many equal words '.repeat(5000));
  const contents = [
    { name: 'a/deflated.txt', data: text },
    { name: 'stored.bin', data: new Uint8Array([1, 2, 3]), isStored: true },
    { name: 'empty', data: new Uint8Array(), isStored: true },
  ];
  const write = (name: string, bytes: Uint8Array): string => {
    writeFileSync(join(folder, name), bytes);
    return join(folder, name);
  };
  const unpackAll = async (path: string, to: string): Promise<Buffer[]> => {
    await using file = await open(path);
    const entries = await readEntries(file);
    const targets = entries.map((_, index) => join(folder, `${to}${index}`));
    for (const [index, entry] of entries.entries()) await extract(file, entry, targets[index] ?? '');
    return targets.map((target) => readFileSync(target));
  };

  it('extract() gives back what was packed, deflated, stored or empty', async () => {
    const unpacked = await unpackAll(write('good.zip', zip(contents)), 'good');
    assert.deepEqual(
      unpacked.map((data) => Buffer.from(data)),
      contents.map(({ data }) => Buffer.from(data)),
    );
  });

  it('readEntries() finds the directory before a comment', async () => {
    await using file = await open(write('comment.zip', zip(contents, 'a comment')));
    assert.deepEqual(
      (await readEntries(file)).map(({ name }) => name),
      contents.map(({ name }) => name),
    );
  });

  it('readEntries() refuses an archive that was cut', async () => {
    await using file = await open(write('cut.zip', zip(contents).subarray(0, -30)));
    await assert.rejects(readEntries(file), /not a whole zip archive/);
  });

  it('readEntries() refuses a file that is none', async () => {
    await using file = await open(write('none.zip', Buffer.from('<html>not found</html>')));
    await assert.rejects(readEntries(file), /not a whole zip archive/);
  });

  it('extract() refuses an entry that is shorter than it says', async () => {
    await using file = await open(write('short.zip', zip(contents)));
    const [entry] = await readEntries(file);
    assert.ok(entry);
    const more = { ...entry, bytes: entry.bytes + 1 };
    await assert.rejects(extract(file, more, join(folder, 'short')), /not a whole zip archive/);
  });

  it('extract() refuses an entry that is longer than it says', async () => {
    await using file = await open(write('long.zip', zip(contents)));
    const [entry] = await readEntries(file);
    assert.ok(entry);
    await assert.rejects(extract(file, { ...entry, bytes: 10 }, join(folder, 'long')), /not a whole zip archive/);
  });
});
