import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { openZip } from '../../src/setup/unpack-wheel.js';
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
    await using archive = await openZip(path);
    const targets = archive.entries.map((_, index) => join(folder, `${to}${index}`));
    for (const [index, entry] of archive.entries.entries()) await entry.extract(targets[index] ?? '');
    return targets.map((target) => readFileSync(target));
  };
  const opened = async (path: string): Promise<void> => {
    await using _archive = await openZip(path);
  };

  it('extract() gives back what was packed, deflated, stored or empty', async () => {
    const unpacked = await unpackAll(write('good.zip', zip(contents)), 'good');
    assert.deepEqual(
      unpacked.map((data) => Buffer.from(data)),
      contents.map(({ data }) => Buffer.from(data)),
    );
  });

  it('openZip() finds the directory before a comment', async () => {
    await using archive = await openZip(write('comment.zip', zip(contents, 'a comment')));
    assert.deepEqual(
      archive.entries.map(({ name }) => name),
      contents.map(({ name }) => name),
    );
  });

  it('openZip() refuses an archive that was cut', async () => {
    await assert.rejects(opened(write('cut.zip', zip(contents).subarray(0, -30))), /not a whole zip archive/);
  });

  it('openZip() refuses a file that is none', async () => {
    const path = write('none.zip', Buffer.from('<html>not found</html>'));
    await assert.rejects(opened(path), /not a whole zip archive/);
  });

  for (const name of ['../outside', '/etc/passwd', 'a\\b']) {
    it(`openZip() refuses an entry called ${name}`, async () => {
      const path = write('hostile.zip', zip([{ name, data: text }]));
      await assert.rejects(opened(path), /not a whole zip archive/);
    });
  }

  for (const [what, difference] of [
    ['shorter', 1],
    ['longer', -1],
  ] as const) {
    it(`extract() refuses an entry that is ${what} than it says`, async () => {
      const path = write(`${what}.zip`, zip([{ name: 'a', data: text, saysBytes: text.length + difference }]));
      await assert.rejects(unpackAll(path, what), /not a whole zip archive/);
    });
  }
});
