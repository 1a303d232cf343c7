import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createTurns } from '../../../src/pipeline/sequencer.js';

/** Runs `act` in its turn and notes when it did. */
async function follow(
  turns: ReturnType<typeof createTurns>,
  key: string,
  name: string,
  log: string[],
  ready: Promise<void>,
) {
  const turn = turns.take(key);
  await ready;
  await turn.come;
  log.push(name);
  turn.pass();
}

it('createTurns() lets turns of one key act in the order in which they were taken', async () => {
  const turns = createTurns();
  const log: string[] = [];
  let release = (): void => undefined;
  const late = new Promise<void>((resolve) => {
    release = resolve;
  });
  const all = [
    follow(turns, 'a', 'first', log, late),
    follow(turns, 'a', 'second', log, Promise.resolve()),
    follow(turns, 'a', 'third', log, Promise.resolve()),
  ];
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(log, []);
  release();
  await Promise.all(all);
  assert.deepEqual(log, ['first', 'second', 'third']);
});

it('createTurns() keeps keys apart', async () => {
  const turns = createTurns();
  const log: string[] = [];
  turns.take('a'); // never passed
  await follow(turns, 'b', 'b', log, Promise.resolve());
  assert.deepEqual(log, ['b']);
});

it('Turn.pass() before the turn has come keeps the later ones waiting for the earlier ones', async () => {
  const turns = createTurns();
  const first = turns.take('a');
  const second = turns.take('a');
  const third = turns.take('a');
  second.pass();
  let come = false;
  const thirdCame = third.come.then(() => {
    come = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(come, false);
  first.pass();
  await thirdCame;
});
