/**
 * What would go wrong: a picture that crashes the process crashes it for ever; or a healthy one is quarantined because
 * somebody killed the service while it was in work.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { closeSync, existsSync, readdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type CrashJournal, openCrashJournal } from '../../../src/quarantine/crash-journal.js';
import { makeTemporaryFolder } from '../../support/temporary-folder.js';

const A = digest('a');
const B = digest('b');

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function descriptorOf(path: string): number {
  const isOpen = (fd: string) => readlinkSync(`/proc/self/fd/${fd}`, 'utf8') === path;
  return Number(readdirSync('/proc/self/fd').find((fd) => existsSync(`/proc/self/fd/${fd}`) && isOpen(fd)));
}

async function journals(): Promise<AsyncDisposable & { path: string; open(maxRecords?: number): CrashJournal }> {
  const folder = await makeTemporaryFolder();
  const path = join(folder.path, 'journal');
  return {
    path,
    /** The next process; what the one before left behind is what its death left behind. */
    open: (maxRecords = 100) => openCrashJournal({ path, maxRecords, onFault: (error) => assert.fail(error) }),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

test('CrashJournal suspects what was in work when the process died, and nothing else', async () => {
  await using files = await journals();
  const first = files.open();
  first.started(A);
  first.finished(A);
  first.started(B);
  const second = files.open();
  assert.deepEqual([second.statusOf(A), second.statusOf(B)], ['healthy', 'suspect']);
});

test('CrashJournal quarantines a picture at its second death', async () => {
  await using files = await journals();
  const journal = files.open();
  journal.died(A);
  const once = journal.statusOf(A);
  journal.died(A);
  assert.deepEqual([once, journal.statusOf(A)], ['suspect', 'quarantined']);
});

test('CrashJournal adds up the deaths that several processes saw', async () => {
  await using files = await journals();
  files.open().died(A);
  files.open().died(A);
  assert.equal(files.open().statusOf(A), 'quarantined');
});

test('CrashJournal quarantines nothing for ends of the process, however often one picture was alone in work', async () => {
  await using files = await journals();
  for (let death = 0; death < 5; death += 1) files.open().started(A);
  assert.equal(files.open().statusOf(A), 'suspect');
});

test('CrashJournal takes a suspect that survived a trial for healthy, its deaths forgotten', async () => {
  await using files = await journals();
  const first = files.open();
  first.died(A);
  first.survived(A);
  const then = first.statusOf(A);
  const second = files.open();
  second.died(A);
  assert.deepEqual([then, second.statusOf(A)], ['healthy', 'suspect']);
});

test('CrashJournal.survived() leaves an equal picture that is in work under suspicion', async () => {
  await using files = await journals();
  const first = files.open();
  first.started(A);
  first.survived(A);
  assert.equal(files.open().statusOf(A), 'suspect');
});

for (const digit of ['0', '1', '2']) {
  test(`CrashJournal takes the digit ${digit} of an older file for a suspicion`, async () => {
    await using files = await journals();
    writeFileSync(files.path, `${digit} ${A.slice(0, 61)}\n`);
    assert.equal(files.open().statusOf(A), 'suspect');
  });
}

test('CrashJournal.isAfterDeath tells an end with pictures in work from an orderly one', async () => {
  await using files = await journals();
  const first = files.open();
  first.started(A);
  const second = files.open();
  second.close();
  assert.deepEqual(
    [first, second, files.open()].map((journal) => journal.isAfterDeath),
    [false, true, false],
  );
});

test('CrashJournal takes a suspect that finishes for healthy, its deaths forgotten', async () => {
  await using files = await journals();
  const first = files.open();
  first.died(A);
  first.started(A);
  first.finished(A);
  const then = first.statusOf(A);
  const second = files.open();
  second.died(A);
  assert.deepEqual([then, second.statusOf(A)], ['healthy', 'suspect']);
});

test('CrashJournal counts equal pictures that are in work at the same time', async () => {
  await using files = await journals();
  const first = files.open();
  first.started(A);
  first.started(A);
  first.finished(A);
  assert.equal(files.open().statusOf(A), 'suspect');
});

test('CrashJournal.close() leaves nobody under suspicion', async () => {
  await using files = await journals();
  const first = files.open();
  first.started(A);
  first.close();
  assert.equal(files.open().statusOf(A), 'healthy');
});

test('CrashJournal remembers a quarantine over orderly ends', async () => {
  await using files = await journals();
  const first = files.open();
  first.died(A);
  first.died(A);
  first.close();
  files.open().close();
  assert.equal(files.open().statusOf(A), 'quarantined');
});

test('CrashJournal stays small, and knows what is in work after it was written afresh', async () => {
  await using files = await journals();
  const first = files.open(10);
  first.started(B);
  for (let n = 0; n < 200; n += 1) {
    first.started(A);
    first.finished(A);
  }
  assert.ok(statSync(files.path).size <= 64 * 13, `${statSync(files.path).size} bytes`);
  assert.equal(files.open().statusOf(B), 'suspect');
});

test('CrashJournal passes over what is no record', async () => {
  await using files = await journals();
  files.open().started(A);
  const whole = readFileSync(files.path, 'latin1');
  writeFileSync(files.path, `not a journal\n${whole}> 0123`);
  assert.equal(files.open().statusOf(A), 'suspect');
});

test('openCrashJournal() reports a file that cannot be written once, and that it can be again', async () => {
  await using folder = await makeTemporaryFolder();
  const faults: (string | undefined)[] = [];
  const path = join(folder.path, 'later', 'journal');
  const journal = openCrashJournal({ path, onFault: (error) => faults.push(error && 'fault') });
  journal.started(A);
  await folder.write('later/other', '');
  journal.started(B);
  assert.deepEqual(faults, ['fault', undefined]);
  const next = openCrashJournal({ path, onFault: (error) => assert.fail(error) });
  assert.deepEqual([next.statusOf(A), next.statusOf(B)], ['suspect', 'suspect']);
});

test('CrashJournal writes the file afresh when it cannot even be closed', async () => {
  await using files = await journals();
  const faults: (string | undefined)[] = [];
  const journal = openCrashJournal({ path: files.path, onFault: (error) => faults.push(error && 'fault') });
  // As on a network's file system that tells a full disk at close: the descriptor is gone, with an error.
  closeSync(descriptorOf(files.path));
  journal.started(A);
  journal.started(B);
  assert.deepEqual(faults, ['fault', undefined]);
  const next = files.open();
  assert.deepEqual([next.statusOf(A), next.statusOf(B)], ['suspect', 'suspect']);
});

test('CrashJournal keeps a picture in quarantine when more suspects come than it remembers, and forgets the oldest of those', async () => {
  await using files = await journals();
  const first = files.open(10_000);
  first.died(A);
  first.died(A);
  const suspects = Array.from({ length: 1_001 }, (_, n) => digest(`suspect ${n}`));
  for (const each of suspects) first.started(each);
  const second = files.open(10_000);
  assert.deepEqual(
    [A, suspects[0], suspects[1], suspects[1_000]].map((each) => second.statusOf(each ?? '')),
    ['quarantined', 'healthy', 'suspect', 'suspect'],
  );
});
