/** What would go wrong: a picture that kills the process is tried for ever, or a healthy one pays for somebody's SIGKILL. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import type { PictureStatus } from '../../../src/quarantine/crash-journal.js';
import type { Attempt } from '../../../src/quarantine/isolated-process.js';
import { createIsolatedRunner, type Verdict } from '../../../src/quarantine/isolated-runner.js';
import { fakeIsolatedProcesses } from '../../support/process/fake-isolated-process.js';
import { until } from '../../support/until.js';

const SURVIVED: Attempt = { end: 'survived' };
const CRASHED: Attempt = { end: 'crashed', how: 'SIGSEGV' };
const KILLED: Attempt = { end: 'killed', how: 'SIGKILL' };
const LATE: Attempt = { end: 'late' };
const UNFIT: Attempt = { end: 'could-not-start', how: 'no model' };
const NEVER_IDLE_MS = 600_000;

/** Notes what it is told of pictures by their text; two deaths are enough. */
function fakeJournal(deathsBefore: readonly string[] = []) {
  const events: string[] = [];
  const texts = new Map<string, string>();
  const deaths = [...deathsBefore];
  return {
    events,
    digestOf(text: string): string {
      const digest = createHash('sha256').update(text).digest('hex');
      texts.set(digest, text);
      return digest;
    },
    statusOf(digest: string): PictureStatus {
      return deaths.filter((each) => each === texts.get(digest)).length >= 2 ? 'quarantined' : 'suspect';
    },
    died(digest: string): void {
      deaths.push(texts.get(digest) ?? '');
      events.push(`${texts.get(digest)} died`);
    },
    survived: (digest: string) => void events.push(`${texts.get(digest)} survived`),
  };
}

interface Setup {
  readonly idleMs?: number;
  readonly deathsBefore?: readonly string[];
}

function run(
  endOf: (picture: string, time: number) => Attempt | undefined,
  { idleMs = NEVER_IDLE_MS, deathsBefore = [] }: Setup = {},
) {
  const processes = fakeIsolatedProcesses(endOf);
  const journal = fakeJournal(deathsBefore);
  const delays: number[] = [];
  const killBackoff = () => {
    let kills = 0;
    return { next: () => 0 * delays.push(++kills), reset: () => undefined };
  };
  const runner = createIsolatedRunner(
    { spawn: processes.spawn, journal, onStart: () => undefined, onAttempt: () => undefined },
    { killBackoff, idleMs },
  );
  const verdictOn = (text: string): Promise<Verdict> =>
    runner.run(journal.digestOf(text), {
      topic: 't',
      payload: Buffer.from(text),
      properties: { user: [] },
      receivedAtMs: 0,
    });
  return { runner, processes, journal, delays, verdictOn, [Symbol.dispose]: () => runner.close() };
}

test('IsolatedRunner finds a picture healthy that its process survives', async () => {
  using its = run(() => SURVIVED);
  assert.equal(await its.verdictOn('a'), 'healthy');
  assert.deepEqual(its.journal.events, ['a survived']);
});

test('IsolatedRunner finds a picture for quarantine when two processes crashed that had no other one', async () => {
  using its = run(() => CRASHED);
  assert.equal(await its.verdictOn('a'), 'quarantined');
  assert.deepEqual(its.processes.given, [['a'], ['a']]);
});

test('IsolatedRunner counts a death that another process of the service saw', async () => {
  using its = run(() => CRASHED, { deathsBefore: ['a'] });
  assert.equal(await its.verdictOn('a'), 'quarantined');
  assert.deepEqual(its.processes.given, [['a']]);
});

test('IsolatedRunner finds a picture healthy that crashed a process once', async () => {
  using its = run((_picture, time) => (time === 1 ? CRASHED : SURVIVED));
  assert.equal(await its.verdictOn('a'), 'healthy');
  assert.deepEqual(its.journal.events, ['a died', 'a survived']);
});

test('IsolatedRunner does not count the crash of a process that has had another picture', async () => {
  using its = run((picture, time) => (picture === 'b' && time === 1 ? CRASHED : SURVIVED), { deathsBefore: ['b'] });
  assert.deepEqual(await Promise.all([its.verdictOn('a'), its.verdictOn('b')]), ['healthy', 'healthy']);
  assert.deepEqual(its.processes.given, [['a', 'b'], ['b']]);
  assert.deepEqual(its.journal.events, ['a survived', 'b survived']);
});

test('IsolatedRunner gives up on a picture whose process is killed three times, and holds nothing against it', async () => {
  using its = run(() => KILLED);
  assert.equal(await its.verdictOn('a'), 'inconclusive');
  assert.equal(its.processes.given.length, 3);
  assert.deepEqual(its.journal.events, []);
});

test('IsolatedRunner tries a picture again whose process was killed', async () => {
  using its = run((_picture, time) => (time < 3 ? KILLED : SURVIVED));
  assert.equal(await its.verdictOn('a'), 'healthy');
});

test('IsolatedRunner waits before it tries a picture again whose process was killed', async () => {
  using its = run(() => KILLED);
  await its.verdictOn('a');
  assert.deepEqual(its.delays, [1, 2]);
});

test('IsolatedRunner finds a picture endless that gets no answer twice, and holds nothing against it', async () => {
  using its = run(() => LATE);
  assert.equal(await its.verdictOn('a'), 'timed-out');
  assert.deepEqual([its.processes.given.length, its.journal.events], [2, []]);
});

test('IsolatedRunner tries a picture again that got no answer in time', async () => {
  using its = run((_picture, time) => (time === 1 ? LATE : SURVIVED));
  assert.equal(await its.verdictOn('a'), 'healthy');
});

test('IsolatedRunner says of all that wait that they cannot be tried when the process cannot start', async () => {
  using its = run(() => UNFIT);
  assert.deepEqual(await Promise.all([its.verdictOn('a'), its.verdictOn('b')]), ['inconclusive', 'inconclusive']);
  assert.equal(its.processes.given.length, 1);
});

test('IsolatedRunner says that a picture cannot be tried when the system has no process for it', async () => {
  const journal = fakeJournal();
  const runner = createIsolatedRunner(
    {
      spawn: () => {
        throw new Error('ENOMEM');
      },
      journal,
      onStart: () => undefined,
      onAttempt: () => undefined,
    },
    { killBackoff: () => ({ next: () => 0, reset: () => undefined }), idleMs: 0 },
  );
  runner.prepare();
  const job = { topic: 't', payload: Buffer.from('a'), properties: { user: [] }, receivedAtMs: 0 };
  assert.equal(await runner.run(journal.digestOf('a'), job), 'inconclusive');
});

test('IsolatedRunner tries equal pictures once while they wait for each other', async () => {
  using its = run(() => SURVIVED);
  assert.deepEqual(await Promise.all([its.verdictOn('a'), its.verdictOn('a')]), ['healthy', 'healthy']);
  assert.deepEqual(its.processes.given, [['a']]);
});

test('IsolatedRunner has one picture tried at a time, all in one process', async () => {
  using its = run((picture) => (picture === 'b' ? undefined : SURVIVED));
  void its.verdictOn('a');
  void its.verdictOn('b').catch(() => undefined);
  void its.verdictOn('c').catch(() => undefined);
  await until('the second is tried', () => its.processes.given[0]?.includes('b'));
  assert.deepEqual(its.processes.given, [['a', 'b']]);
});

test('IsolatedRunner ends a process that has nothing to do', async () => {
  using its = run(() => SURVIVED, { idleMs: 0 });
  await its.verdictOn('a');
  await until('the process is ended', () => its.processes.ended[0]);
  await its.verdictOn('b');
  assert.deepEqual(its.processes.given, [['a'], ['b']]);
});

test('IsolatedRunner.prepare() starts the process that the first suspect gets, which counts as its own', async () => {
  using its = run(() => CRASHED);
  its.runner.prepare();
  assert.deepEqual(its.processes.given, [[]]);
  assert.equal(await its.verdictOn('a'), 'quarantined');
  assert.deepEqual(its.processes.given, [['a'], ['a']]);
});

test('IsolatedRunner.prepare() leaves the process that has got a suspect alone', async () => {
  using its = run(() => undefined, { idleMs: 0 });
  its.runner.prepare();
  void its.verdictOn('a').catch(() => undefined);
  await new Promise((resolve) => setTimeout(resolve, 5)); // set later and for longer than the idle one: fires after it
  assert.deepEqual(its.processes.ended, [false]);
});

test('IsolatedRunner.prepare() ends the process if no suspect comes', async () => {
  using its = run(() => SURVIVED, { idleMs: 0 });
  its.runner.prepare();
  await until('the process is ended', () => its.processes.ended[0]);
});

test('IsolatedRunner.close() ends the process, leaves what is tried and what waits without a verdict, and takes no more', async () => {
  using its = run(() => undefined);
  const [tried, waiting] = [its.verdictOn('a'), its.verdictOn('b')];
  its.runner.close();
  for (const verdict of [tried, waiting, its.verdictOn('c')]) await assert.rejects(verdict, /stopping/);
  assert.deepEqual([its.processes.ended, its.processes.given, its.journal.events], [[true], [['a']], []]);
});
