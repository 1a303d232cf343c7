import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { cleanMappings, dropFilePages } from '../../../src/std/mapped-pages.js';

/** As proc_pid_smaps(5) has it, with the lines that are read. */
const entry = (first: string, anonymousKb: number) =>
  `${first}\nRss: 64 kB\nAnonymous:  ${anonymousKb} kB\nVmFlags: rd mr\n`;
const FILE = '08:01 42                         /usr/lib/libx.so';

describe('cleanMappings()', () => {
  it('finds what of a file can only be read or run', () => {
    const smaps = entry(`10000-30000 r-xp 0 ${FILE}`, 0) + entry(`30000-31000 r--p 20000 ${FILE}`, 0);
    assert.deepEqual(cleanMappings(smaps), [
      { start: 0x10000, sizeBytes: 0x20000 },
      { start: 0x30000, sizeBytes: 0x1000 },
    ]);
  });

  for (const [what, smaps] of [
    ['a page that was written, as relocations are', entry(`10000-30000 r--p 0 ${FILE}`, 4)],
    ['what can be written', entry(`10000-30000 rw-p 0 ${FILE}`, 0)],
    ['what is shared with others', entry(`10000-30000 r--s 0 ${FILE}`, 0)],
    ['memory without a file', entry('10000-30000 r--p 0 00:00 0', 0)],
    ['what the kernel maps', entry('10000-30000 r-xp 0 00:00 0                  [vdso]', 0)],
  ] as const) {
    it(`leaves ${what}`, () => {
      assert.deepEqual(cleanMappings(smaps), []);
    });
  }
});

describe('dropFilePages()', () => {
  /** Of the program and its libraries; what runs now fetches some of them at once. */
  const residentKb = () => Number(/^RssFile:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);

  it('leaves less than three quarters of the program resident, and the program runs on', async () => {
    const before = residentKb();
    await dropFilePages(undefined, 0);
    const after = residentKb();
    assert.ok(after < 0.75 * before, `${before} kB before, ${after} kB after`);
    assert.equal(
      JSON.stringify([new Intl.NumberFormat('de').format(1234.5), /(?<=a)b/u.test('ab')]),
      '["1.234,5",true]',
    );
  });

  it('does nothing once it is not wanted any more', async () => {
    assert.equal(await dropFilePages(AbortSignal.abort()), 0);
  });
});
