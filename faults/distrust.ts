/** The engine cannot be trusted, or had no more: the service says so and keeps its messages. */
import { copyFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { TEST_MODEL } from '../test/support/engine/test-model.js';
import { pictureMessage } from '../test/support/pictures/payloads.js';
import { makeTemporaryFolder } from '../test/support/temporary-folder.js';
import { until } from '../test/support/until.js';
import { openBench } from './bench/bench.js';
import { type Fault, judge } from './fault.js';

export const modelGone: Fault = {
  id: 'model-gone',
  title: 'worker dies and the model file is gone, then back',
  target: '/readyz red with the reason, messages stay un-acknowledged, recovers by itself, 0 lost',
  async run(extent) {
    const count = extent === 'full' ? 200 : 20;
    await using folder = await makeTemporaryFolder();
    const model = join(folder.path, 'model.xml');
    for (const file of ['model.xml', 'model.bin']) await copyFile(join(TEST_MODEL, file), join(folder.path, file));
    await using bench = await openBench({
      engine: { share: 'no', fault: 'exit', onByte: 255, once: join(folder.path, 'died') },
      env: { FLAWLINE_MODEL_PATH: model, FLAWLINE_WORKERS_COUNT: '1' },
      messageOf: (id) => pictureMessage(id === 'p0' ? 'images/syn_white.png' : 'images/syn_black.png', { id }),
    });
    await rm(model);
    await bench.publisher.burst(count);
    await until('it is red', async () => /workers: .*model\.xml/.test(await bench.reasons()));
    const acknowledged = bench.pubacks();
    bench.collector.mark();
    await copyFile(join(TEST_MODEL, 'model.xml'), model);
    const outcome = judge(await bench.ack(), { twiceFraction: 0 }, [
      acknowledged > 0 && `${acknowledged} acknowledged without a worker`,
    ]);
    return { ...outcome, note: `${acknowledged} acknowledged meanwhile` };
  },
};

/** The first self-test after the start gets a wrong answer; each takes two inferences. */
export const wrongAnswer: Fault = {
  id: 'wrong-answer',
  title: 'engine that silently gives a wrong answer',
  target: 'the self-test finds it: /readyz red with the reason until one passes, 0 lost',
  async run(extent) {
    const count = extent === 'full' ? 200 : 20;
    await using folder = await makeTemporaryFolder();
    await using bench = await openBench({
      engine: { fault: 'wrong', onCall: 3, once: join(folder.path, 'wrong') },
      env: { FLAWLINE_MODEL_SELF_TEST_INTERVAL_SECONDS: '1', FLAWLINE_WORKERS_COUNT: '1' },
    });
    // By its log: red lasts a second, until the next self-test, which one who asks may miss.
    await until('it is red', () => /self-test: Cannot trust the engine.*not ready/.test(bench.service.output()));
    await bench.publisher.burst(count);
    await until('it is green', async () => (await bench.reasons()) === '');
    return judge(await bench.ack(), { twiceFraction: 0 });
  },
};
