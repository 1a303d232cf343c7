import assert from 'node:assert/strict';
import { it } from 'node:test';
import { type SelfTestTimerOptions, startSelfTestTimer } from '../../../src/pool/self-test-timer.js';

/** Lets every promise callback that is due run. */
const ack = () => new Promise((resolve) => setImmediate(resolve));

function start(options: SelfTestTimerOptions, selfTest: () => Promise<void> = () => Promise.resolve()) {
  const results: (string | undefined)[] = [];
  const timer = startSelfTestTimer({ selfTest, onResult: (error) => results.push(error?.message) }, options);
  return { timer, results };
}

it('startSelfTestTimer() runs a test that is due at once, and only it when the interval is 0', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const { results } = start({ intervalSeconds: 0, isFirstDue: true });
  await ack();
  assert.deepEqual(results, [undefined]);
  context.mock.timers.tick(1e9);
  await ack();
  assert.equal(results.length, 1);
});

it('startSelfTestTimer() waits an interval when the first is not due, and after each test', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const { results, timer } = start({ intervalSeconds: 10, isFirstDue: false });
  await ack();
  assert.equal(results.length, 0);
  for (const ran of [1, 2]) {
    context.mock.timers.tick(10_000);
    await ack();
    assert.equal(results.length, ran);
  }
  timer.stop();
});

it('startSelfTestTimer() hands over why a test failed, and nothing after stop()', async () => {
  const failing = async () => {
    throw new Error('OpenCV finds 4');
  };
  const { results, timer } = start({ intervalSeconds: 0, isFirstDue: true }, failing);
  const stopped = start({ intervalSeconds: 0, isFirstDue: true }, failing);
  stopped.timer.stop();
  await ack();
  timer.stop();
  assert.deepEqual([results, stopped.results], [['OpenCV finds 4'], []]);
});

it('startSelfTestTimer() tries a failed test again also when the interval is 0', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  let isWell = false;
  const { results } = start({ intervalSeconds: 0, isFirstDue: true }, async () => {
    if (!isWell) throw new Error('no thread');
  });
  await ack();
  isWell = true;
  context.mock.timers.tick(60_000);
  await ack();
  context.mock.timers.tick(1e9);
  await ack();
  assert.deepEqual(results, ['no thread', undefined]);
});
