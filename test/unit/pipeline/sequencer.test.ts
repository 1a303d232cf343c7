import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createSequencer } from '../../../src/pipeline/sequencer.js';

/** Runs `act` when its step is ready and notes when it did. */
async function follow(
  sequencer: ReturnType<typeof createSequencer>,
  key: string,
  name: string,
  log: string[],
  ready: Promise<void>,
) {
  const step = sequencer.enter(key);
  await ready;
  await step.ready;
  log.push(name);
  step.leave();
}

it('createSequencer() has steps of one key ready in the order in which they were entered', async () => {
  const sequencer = createSequencer();
  const log: string[] = [];
  let release = (): void => undefined;
  const late = new Promise<void>((resolve) => {
    release = resolve;
  });
  const all = [
    follow(sequencer, 'a', 'first', log, late),
    follow(sequencer, 'a', 'second', log, Promise.resolve()),
    follow(sequencer, 'a', 'third', log, Promise.resolve()),
  ];
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(log, []);
  release();
  await Promise.all(all);
  assert.deepEqual(log, ['first', 'second', 'third']);
});

it('createSequencer() keeps keys apart', async () => {
  const sequencer = createSequencer();
  const log: string[] = [];
  sequencer.enter('a'); // never left
  await follow(sequencer, 'b', 'b', log, Promise.resolve());
  assert.deepEqual(log, ['b']);
});

it('SequencedStep.leave() before it is ready keeps the later ones waiting for the earlier ones', async () => {
  const sequencer = createSequencer();
  const first = sequencer.enter('a');
  const second = sequencer.enter('a');
  const third = sequencer.enter('a');
  second.leave();
  let come = false;
  const thirdCame = third.ready.then(() => {
    come = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(come, false);
  first.leave();
  await thirdCame;
});
