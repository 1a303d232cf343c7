/** What would go wrong: a suspect that crashes in company makes suspects of the others again, and is never found. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCrashGuard, openCrashGuard } from '../../../src/quarantine/crash-guard.js';
import type { CrashJournal, PictureStatus } from '../../../src/quarantine/crash-journal.js';
import type { IsolatedRunner, Verdict } from '../../../src/quarantine/isolated-runner.js';
import { type Deferred, deferred } from '../../../src/std/promises.js';

const JOB = { topic: 't', payload: new TextEncoder().encode('x'), properties: { user: [] }, receivedAtMs: 0 };
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** A journal in which the digest of every payload has this status, and that notes what it is told. */
function journalOf(statuses: readonly PictureStatus[]): CrashJournal & { readonly events: string[] } {
  const events: string[] = [];
  const left = [...statuses];
  return {
    events,
    isAfterDeath: false,
    statusOf: () => left.shift() ?? 'healthy',
    died: () => void events.push('died'),
    survived: () => void events.push('survived'),
    started: () => void events.push('started'),
    finished: () => void events.push('finished'),
    close: () => void events.push('closed'),
  };
}

/** Says so of every suspect. */
function runnerOf(verdict: Verdict): IsolatedRunner {
  return { run: () => Promise.resolve(verdict), prepare: () => undefined, close: () => undefined };
}

/** Runs one piece of work for each status, nothing being known of suspects; `begun` has the indexes of those that have begun. */
async function runAll(statuses: readonly PictureStatus[]) {
  const guard = createCrashGuard(journalOf(statuses), runnerOf('inconclusive'));
  const begun: number[] = [];
  const ends: Deferred<void>[] = statuses.map(() => deferred());
  for (const index of statuses.keys()) {
    void guard.run(JOB, (onStart) => {
      onStart();
      begun.push(index);
      return ends[index]?.promise ?? Promise.resolve();
    });
    await settled();
  }
  return { begun, end: (index: number) => ends[index]?.resolve() };
}

test('CrashGuard.run() runs healthy pictures beside each other', async () => {
  const { begun } = await runAll(['healthy', 'healthy']);
  await settled();
  assert.deepEqual(begun, [0, 1]);
});

test('CrashGuard.run() runs a suspect that could not be tried when everything before it has ended, and what follows after it', async () => {
  const { begun, end } = await runAll(['healthy', 'suspect', 'healthy']);
  await settled();
  assert.deepEqual(begun, [0]);
  end(0);
  await settled();
  assert.deepEqual(begun, [0, 1]);
  end(1);
  await settled();
  assert.deepEqual(begun, [0, 1, 2]);
});

test('CrashGuard.run() runs suspects that could not be tried one after the other', async () => {
  const { begun, end } = await runAll(['suspect', 'suspect']);
  await settled();
  assert.deepEqual(begun, [0]);
  end(0);
  await settled();
  assert.deepEqual(begun, [0, 1]);
});

test('CrashGuard.run() refuses a quarantined picture without running it', async () => {
  const guard = createCrashGuard(journalOf(['quarantined']), runnerOf('healthy'));
  await assert.rejects(
    guard.run(JOB, () => assert.fail('it ran')),
    { code: 'ERR_QUARANTINED' },
  );
});

test('CrashGuard.run() runs a suspect that was found healthy beside others', async () => {
  const guard = createCrashGuard(journalOf(['healthy', 'suspect']), runnerOf('healthy'));
  const begun: string[] = [];
  const never = new Promise<void>(() => undefined);
  void guard.run(JOB, () => {
    begun.push('first');
    return never;
  });
  await guard.run(JOB, async () => void begun.push('suspect'));
  assert.deepEqual(begun, ['first', 'suspect']);
});

for (const [verdict, code] of [
  ['quarantined', 'ERR_QUARANTINED'],
  ['timed-out', 'ERR_JOB_TIMEOUT'],
] as const) {
  test(`CrashGuard.run() refuses a suspect that was found ${verdict}, without running it`, async () => {
    const guard = createCrashGuard(journalOf(['suspect']), runnerOf(verdict));
    await assert.rejects(
      guard.run(JOB, () => assert.fail('it ran')),
      { code },
    );
  });
}

test('CrashGuard.run() lets others pass while a suspect is tried', async () => {
  const guard = createCrashGuard(journalOf(['suspect']), {
    ...runnerOf('healthy'),
    run: () => new Promise<never>(() => undefined),
  });
  void guard.run(JOB, () => assert.fail('it ran'));
  assert.equal(await guard.run(JOB, async () => 7), 7);
});

test('CrashGuard.run() notes one start and one end of work that a second worker gets', async () => {
  const journal = journalOf([]);
  await createCrashGuard(journal, runnerOf('healthy')).run(JOB, async (onStart) => {
    onStart();
    onStart();
  });
  assert.deepEqual(journal.events, ['started', 'finished']);
});

test('CrashGuard.run() gives the digest it made to the work, which need not make it again', async () => {
  // printf 't\0x' | sha256sum
  const digest = '6fca3fcfeb33651f070e9903370a070344d3659d7cc8190fc4e22838220b2128';
  assert.equal(
    await createCrashGuard(journalOf([]), runnerOf('healthy')).run(JOB, async (_onStart, made) => made),
    digest,
  );
});

test('CrashGuard.run() notes the end of work that fails', async () => {
  const journal = journalOf([]);
  const run = createCrashGuard(journal, runnerOf('healthy')).run(JOB, async (onStart) => {
    onStart();
    throw new Error('failed');
  });
  await assert.rejects(run, /failed/);
  assert.deepEqual(journal.events, ['started', 'finished']);
});

test('CrashGuard.run() notes nothing of work that no worker got', async () => {
  const journal = journalOf([]);
  await createCrashGuard(journal, runnerOf('healthy')).run(JOB, async () => undefined);
  assert.deepEqual(journal.events, []);
});

test('openCrashGuard() guards nothing without a journal', async () => {
  const log = { debug: assert.fail, info: assert.fail, warn: assert.fail, error: assert.fail };
  const guard = openCrashGuard({ log, start: assert.fail }, { jobTimeoutMs: 1, startTimeoutFactor: 1 });
  assert.equal(await guard.run(JOB, async () => 7), 7);
});
