import assert from 'node:assert/strict';
import { chmod, mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseKept, printKept } from '../../../src/store/kept-file.js';
import { openObjectStore } from '../../../src/store/object-store.js';
import { makeTemporaryFolder } from '../../support/temporary-folder.js';

const RULE = { id: 'ruleOp', sql: 'SELECT "ü<>&"', actions: [{ mqtt: { password: 'hidden' } }] };

async function filledFolder(folder: string): Promise<Buffer> {
  const store = await openObjectStore(folder);
  await store.change([
    { kind: 'streams', id: 'camera', value: 'CREATE STREAM camera ()' },
    { kind: 'rules', id: 'ruleOp', value: RULE },
  ]);
  return await readFile(join(folder, 'catalogue.json'));
}

test('what was kept is there after another start, in the order in which it came', async () => {
  await using temporary = await makeTemporaryFolder();
  const folder = join(temporary.path, 'made', 'by', 'the', 'store');
  await filledFolder(folder);
  const store = await openObjectStore(folder);
  await store.change([{ kind: 'rules', id: 'another', value: { id: 'another' } }]);
  const again = await openObjectStore(folder);
  assert.deepEqual(
    [...again.list('rules')],
    [
      ['ruleOp', RULE],
      ['another', { id: 'another' }],
    ],
  );
  assert.deepEqual([...again.list('streams').keys()], ['camera']);
  assert.deepEqual([...again.list('nothing')], []);
});

test('an object that is taken away is gone after another start', async () => {
  await using temporary = await makeTemporaryFolder();
  const { path } = temporary;
  await filledFolder(path);
  await (await openObjectStore(path)).change([{ kind: 'rules', id: 'ruleOp', value: undefined }]);
  assert.deepEqual([...(await openObjectStore(path)).list('rules')], []);
});

test('nobody else may read the folder and its file, also one whose mode was changed', async () => {
  await using temporary = await makeTemporaryFolder();
  const folder = join(temporary.path, 'catalogue');
  await filledFolder(folder);
  const modeOf = async (path: string) => (await stat(path)).mode & 0o777;
  assert.equal(await modeOf(folder), 0o700);
  assert.equal(await modeOf(join(folder, 'catalogue.json')), 0o600);
  await chmod(join(folder, 'catalogue.json'), 0o644);
  await openObjectStore(folder);
  assert.equal(await modeOf(join(folder, 'catalogue.json')), 0o600);
});

test('a file that was cut at any byte is an error that names it', async () => {
  await using temporary = await makeTemporaryFolder();
  const { path } = temporary;
  const whole = await filledFolder(path);
  const named = { code: 'ERR_CATALOGUE', message: /the\.file/ };
  for (let length = 0; length < whole.length - 1; length++) {
    assert.throws(() => parseKept(whole.subarray(0, length), 'the.file'), named, `cut at byte ${length}`);
  }
  assert.deepEqual(parseKept(whole.subarray(0, -1), 'the.file'), parseKept(whole, 'the.file')); // the line break alone
});

test('a byte that was changed in any place is an error, or changes nothing', async () => {
  await using temporary = await makeTemporaryFolder();
  const { path } = temporary;
  const whole = await filledFolder(path);
  const expected = printKept(parseKept(whole, 'f'));
  for (let at = 0; at < whole.length; at++) {
    const changed = Buffer.from(whole);
    changed[at] = (changed[at] ?? 0) ^ 1;
    let read: string | undefined;
    try {
      read = printKept(parseKept(changed, 'f'));
    } catch {
      continue;
    }
    assert.equal(read, expected, `byte ${at}`);
  }
});

test('opening a damaged file fails and leaves it as it is', async () => {
  await using temporary = await makeTemporaryFolder();
  const { path } = temporary;
  const file = join(path, 'catalogue.json');
  const whole = await filledFolder(path);
  await writeFile(file, whole.subarray(0, 100));
  await assert.rejects(openObjectStore(path), { code: 'ERR_CATALOGUE', message: new RegExp(file) });
  assert.equal((await readFile(file)).length, 100);
});

test('a file of another format is refused', () => {
  const file = Buffer.from('{"format":2,"sha256":"","objects":{}}');
  assert.throws(() => parseKept(file, 'f'), /must be of format 1, not 2/);
});

test('a file that is missing beside what belongs to it is an error, in an empty folder a beginning', async () => {
  await using temporary = await makeTemporaryFolder();
  const { path } = temporary;
  await filledFolder(path);
  await mkdir(join(path, 'models'));
  await rename(join(path, 'catalogue.json'), join(path, 'elsewhere.json'));
  await assert.rejects(openObjectStore(path), { code: 'ERR_CATALOGUE', message: /must be there.*models\// });
});

test('what lies there before the first start is no damage', async () => {
  await using temporary = await makeTemporaryFolder();
  await temporary.write('uploads/defect.zip', 'a');
  await mkdir(join(temporary.path, 'lost+found'));
  assert.deepEqual([...(await openObjectStore(temporary.path)).list('streams')], []);
});

test('a process that died at any step of a change leaves the old objects or the new ones', async () => {
  await using temporary = await makeTemporaryFolder();
  const { path } = temporary;
  const file = join(path, 'catalogue.json');
  const before = await filledFolder(path);
  const store = await openObjectStore(path);
  await store.change([{ kind: 'streams', id: 'second', value: 'CREATE STREAM second ()' }]);
  const after = await readFile(file);
  await writeFile(file, before);
  for (const length of [0, 1, 50, after.length - 1, after.length]) {
    await writeFile(`${file}.new`, after.subarray(0, length)); // it had written so much
    assert.deepEqual([...(await openObjectStore(path)).list('streams').keys()], ['camera']);
  }
  const next = await openObjectStore(path);
  await next.change([{ kind: 'streams', id: 'third', value: 'CREATE STREAM third ()' }]);
  assert.deepEqual(await readdir(path), ['catalogue.json']);
  assert.deepEqual([...(await openObjectStore(path)).list('streams').keys()], ['camera', 'third']);
});

test('a change that cannot be written is an error, and nothing has changed', async () => {
  await using temporary = await makeTemporaryFolder();
  const { path } = temporary;
  await filledFolder(path);
  const store = await openObjectStore(path);
  await mkdir(join(path, 'catalogue.json.new', 'in-the-way'), { recursive: true });
  const change = store.change([{ kind: 'rules', id: 'ruleOp', value: undefined }]);
  await assert.rejects(change, { code: 'ERR_CATALOGUE' });
  assert.deepEqual([...store.list('rules').keys()], ['ruleOp']);
});

test('what another process wrote meanwhile is not written over', async () => {
  await using temporary = await makeTemporaryFolder();
  const { path } = temporary;
  await filledFolder(path);
  const [one, other] = [await openObjectStore(path), await openObjectStore(path)];
  await one.change([{ kind: 'streams', id: 'one', value: 'CREATE STREAM one ()' }]);
  await assert.rejects(other.change([{ kind: 'streams', id: 'other', value: 'CREATE STREAM other ()' }]), {
    code: 'ERR_CATALOGUE',
    message: /changed by this service alone/,
  });
  assert.deepEqual([...(await openObjectStore(path)).list('streams').keys()], ['camera', 'one']);
});

test('changes at once are made one after the other', async () => {
  await using temporary = await makeTemporaryFolder();
  const { path } = temporary;
  const store = await openObjectStore(path);
  const ids = Array.from({ length: 20 }, (_, index) => `s${index}`);
  await Promise.all(ids.map((id) => store.change([{ kind: 'streams', id, value: id }])));
  assert.deepEqual([...(await openObjectStore(path)).list('streams').keys()], ids);
});
