/** What would go wrong: a suspect that crashes in company makes suspects of the others again, and is never found. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCrashGuard, noCrashGuard } from '../../../src/journal/crash-guard.js';
import type { Journal, Standing } from '../../../src/journal/journal.js';
import { type Deferred, deferred } from '../../support/until.js';

const bytes = (text: string) => new TextEncoder().encode(text);
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** A journal in which the digest of every payload has this standing, and that notes what it is told. */
function journalOf(standings: readonly Standing[]): Journal & { readonly events: string[] } {
  const events: string[] = [];
  const left = [...standings];
  return {
    events,
    standing: () => left.shift() ?? 'healthy',
    started: () => void events.push('started'),
    finished: () => void events.push('finished'),
    close: () => void events.push('closed'),
  };
}

/** Runs one piece of work for each standing; `begun` has the indexes of those that have begun. */
function runAll(standings: readonly Standing[]) {
  const guard = createCrashGuard(journalOf(standings));
  const begun: number[] = [];
  const ends: Deferred<void>[] = standings.map(() => deferred<void>());
  for (const index of standings.keys()) {
    void guard.run(bytes('x'), (onStart) => {
      onStart();
      begun.push(index);
      return ends[index]?.promise ?? Promise.resolve();
    });
  }
  return { begun, end: (index: number) => ends[index]?.resolve() };
}

test('CrashGuard.run() runs healthy pictures beside each other', async () => {
  const { begun } = runAll(['healthy', 'healthy']);
  await settled();
  assert.deepEqual(begun, [0, 1]);
});

test('CrashGuard.run() runs a suspect when everything before it has ended, and what follows after it', async () => {
  const { begun, end } = runAll(['healthy', 'suspect', 'healthy']);
  await settled();
  assert.deepEqual(begun, [0]);
  end(0);
  await settled();
  assert.deepEqual(begun, [0, 1]);
  end(1);
  await settled();
  assert.deepEqual(begun, [0, 1, 2]);
});

test('CrashGuard.run() runs suspects one after the other', async () => {
  const { begun, end } = runAll(['suspect', 'suspect']);
  await settled();
  assert.deepEqual(begun, [0]);
  end(0);
  await settled();
  assert.deepEqual(begun, [0, 1]);
});

test('CrashGuard.run() refuses a quarantined picture without running it', async () => {
  const guard = createCrashGuard(journalOf(['quarantined']));
  await assert.rejects(
    guard.run(bytes('x'), () => assert.fail('it ran')),
    { code: 'ERR_QUARANTINED' },
  );
});

test('CrashGuard.run() notes one start and one end of work that a second worker gets', async () => {
  const journal = journalOf([]);
  await createCrashGuard(journal).run(bytes('x'), async (onStart) => {
    onStart();
    onStart();
  });
  assert.deepEqual(journal.events, ['started', 'finished']);
});

test('CrashGuard.run() notes the end of work that fails', async () => {
  const journal = journalOf([]);
  const run = createCrashGuard(journal).run(bytes('x'), async (onStart) => {
    onStart();
    throw new Error('failed');
  });
  await assert.rejects(run, /failed/);
  assert.deepEqual(journal.events, ['started', 'finished']);
});

test('CrashGuard.run() notes nothing of work that no worker got', async () => {
  const journal = journalOf([]);
  await createCrashGuard(journal).run(bytes('x'), async () => undefined);
  assert.deepEqual(journal.events, []);
});

test('noCrashGuard runs whatever it gets', async () => {
  assert.equal(await noCrashGuard.run(bytes('x'), async () => 7), 7);
});
