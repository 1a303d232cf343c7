/**
 * What would go wrong: a picture that crashes the process crashes it for ever; or a healthy one is quarantined because
 * somebody killed the process while it was in work.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Journal, openJournal } from '../../../src/journal/journal.js';
import { makeTemporaryFolder } from '../../support/temporary-folder.js';

const A = digest('a');
const B = digest('b');

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

async function journals(): Promise<AsyncDisposable & { path: string; open(maxRecords?: number): Journal }> {
  const folder = await makeTemporaryFolder();
  const path = join(folder.path, 'journal');
  return {
    path,
    /** The next process; what the one before left behind is what its death left behind. */
    open: (maxRecords = 100) => openJournal({ path, maxRecords, onFault: (error) => assert.fail(error) }),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

test('Journal suspects what was in work when the process died, and nothing else', async () => {
  await using files = await journals();
  const first = files.open();
  first.started(A);
  first.finished(A);
  first.started(B);
  const second = files.open();
  assert.deepEqual([second.standing(A), second.standing(B)], ['healthy', 'suspect']);
});

test('Journal quarantines a picture that was alone in work at two deaths', async () => {
  await using files = await journals();
  files.open().started(A);
  files.open().started(A);
  assert.equal(files.open().standing(A), 'quarantined');
});

test('Journal quarantines nothing for deaths in company', async () => {
  await using files = await journals();
  for (let death = 0; death < 5; death += 1) {
    const journal = files.open();
    journal.started(A);
    journal.started(B);
  }
  const last = files.open();
  assert.deepEqual([last.standing(A), last.standing(B)], ['suspect', 'suspect']);
});

test('Journal takes a suspect that finishes for healthy, its deaths forgotten', async () => {
  await using files = await journals();
  files.open().started(A);
  const second = files.open();
  second.started(A);
  second.finished(A);
  assert.equal(second.standing(A), 'healthy');
  files.open().started(A);
  assert.equal(files.open().standing(A), 'suspect');
});

test('Journal counts equal pictures that are in work at the same time', async () => {
  await using files = await journals();
  const first = files.open();
  first.started(A);
  first.started(A);
  first.finished(A);
  assert.equal(files.open().standing(A), 'suspect');
});

test('Journal.close() leaves nobody under suspicion', async () => {
  await using files = await journals();
  const first = files.open();
  first.started(A);
  first.close();
  assert.equal(files.open().standing(A), 'healthy');
});

test('Journal remembers a quarantine over orderly ends', async () => {
  await using files = await journals();
  files.open().started(A);
  files.open().started(A);
  files.open().close();
  assert.equal(files.open().standing(A), 'quarantined');
});

test('Journal stays small, and knows what is in work after it was written afresh', async () => {
  await using files = await journals();
  const first = files.open(10);
  first.started(B);
  for (let n = 0; n < 200; n += 1) {
    first.started(A);
    first.finished(A);
  }
  assert.ok(statSync(files.path).size <= 64 * 13, `${statSync(files.path).size} bytes`);
  assert.equal(files.open().standing(B), 'suspect');
});

test('Journal passes over what is no record', async () => {
  await using files = await journals();
  files.open().started(A);
  const whole = readFileSync(files.path, 'latin1');
  writeFileSync(files.path, `not a journal\n${whole}> 0123`);
  assert.equal(files.open().standing(A), 'suspect');
});

test('openJournal() reports a file that cannot be written once, and that it can be again', async () => {
  await using folder = await makeTemporaryFolder();
  const faults: (string | undefined)[] = [];
  const path = join(folder.path, 'later', 'journal');
  const journal = openJournal({ path, onFault: (error) => faults.push(error && 'fault') });
  journal.started(A);
  await folder.write('later/other', '');
  journal.started(B);
  assert.deepEqual(faults, ['fault', undefined]);
  const next = openJournal({ path, onFault: (error) => assert.fail(error) });
  assert.deepEqual([next.standing(A), next.standing(B)], ['suspect', 'suspect']);
});
