/** Real worker threads that die, hang and fail, behind a real broker. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { brokerMissing, startBroker } from '../../support/broker/broker.js';
import { type Collector, collect, connectClient, type TestClient } from '../../support/broker/client.js';
import { type FakeOptions, fakeEngine } from '../../support/engine/fake-engine.js';
import { pictureMessage } from '../../support/pictures/payloads.js';
import { startTestService, type TestService } from '../../support/service/service.js';
import { makeTemporaryFolder } from '../../support/temporary-folder.js';
import { until } from '../../support/until.js';

const IDS = Array.from({ length: 12 }, (_, n) => `${n}`);

/** Publishes twelve pictures to a service with this engine and hands over when every one is settled. */
async function run(
  fault: FakeOptions,
  env: Readonly<Record<string, string>>,
  look: (service: TestService, results: Collector, letters: Collector) => Promise<void> | void,
): Promise<void> {
  await using broker = await startBroker();
  await using service = await startTestService({
    brokerUrl: broker.url,
    engine: fakeEngine(fault),
    env: { FLAWLINE_RESULT_FIELDS: 'id', FLAWLINE_WORKERS_COUNT: '2', ...env },
  });
  await using results: Collector = await collect(broker.url, 'ekuiper/defect');
  await using letters: Collector = await collect(broker.url, 'flawline/flawline/dead-letter');
  await using publisher: TestClient = await connectClient(broker.url);
  for (const id of IDS) await publisher.publish('openvino_demo', pictureMessage('images/syn_3x2.png', { id }));
  await until('every message is settled', () => {
    const { received, inFlight } = service.service.ledger();
    return received === IDS.length && inFlight === 0;
  });
  await until('every message is seen', () => results.messages.length + letters.messages.length >= IDS.length);
  await look(service, results, letters);
}

const ids = (results: Collector) => results.texts().map((text) => JSON.parse(text).id);

describe('workers that fail', { skip: brokerMissing }, () => {
  it('a second compilation that fails: pictures are inferred without it', async () => {
    await using broker = await startBroker();
    await using service = await startTestService({
      brokerUrl: broker.url,
      engine: fakeEngine({ latency: 'throw' }),
      env: { FLAWLINE_RESULT_FIELDS: 'id', FLAWLINE_WORKERS_STREAMS: '2', FLAWLINE_WORKERS_COUNT: '2' },
    });
    await using results = await collect(broker.url, 'ekuiper/defect');
    await using publisher = await connectClient(broker.url);
    const publishAlone = async (count: number) => {
      for (let n = 0; n < count; n += 1) {
        const before = results.messages.length;
        await publisher.publish('openvino_demo', pictureMessage('images/syn_3x2.png', { id: `${before}` }));
        await results.count(before + 1);
      }
    };
    await publishAlone(6);
    await until('both workers have said so', () => {
      return (
        service.log.filter((line) =>
          line.includes('latency mode is unavailable: pictures are inferred in throughput mode'),
        ).length === 2
      );
    });
    await publishAlone(2);
    assert.deepEqual(ids(results), ['0', '1', '2', '3', '4', '5', '6', '7']);
    assert.equal(await service.metric('flawline_worker_restarts_total'), 0);
  });

  it('a worker that ends in the middle of a job: its message arrives after all, the others are untouched', async () => {
    await using folder = await makeTemporaryFolder();
    // The self-test infers twice: the third inference of a thread is its first picture.
    await run({ fault: 'exit', onCall: 3, once: join(folder.path, 'died') }, {}, async (service, results, letters) => {
      assert.deepEqual(ids(results), IDS);
      assert.deepEqual(letters.messages, []);
      assert.equal(await service.metric('flawline_worker_restarts_total'), 1);
    });
  });

  it('a worker that hangs is cut at the job time-out, and its message arrives after all', async () => {
    await using folder = await makeTemporaryFolder();
    const fault = { fault: 'hang', onCall: 3, once: join(folder.path, 'hung') } as const;
    await run(fault, { FLAWLINE_LIMITS_JOB_TIMEOUT_MS: '3000' }, async (service, results) => {
      assert.deepEqual(ids(results), IDS);
      assert.equal(await service.metric('flawline_worker_restarts_total'), 1);
    });
  });

  it('a picture that fails on two workers is dead-lettered, and only that one', async () => {
    await using broker = await startBroker();
    const engine = fakeEngine({ fault: 'throw', onByte: 255 });
    await using service = await startTestService({
      brokerUrl: broker.url,
      engine,
      env: { FLAWLINE_RESULT_FIELDS: 'id' },
    });
    await using results = await collect(broker.url, 'ekuiper/defect');
    await using letters = await collect(broker.url, 'flawline/flawline/dead-letter');
    await using publisher = await connectClient(broker.url);
    await publisher.publish('openvino_demo', pictureMessage('images/syn_black.png', { id: 'black' }));
    await publisher.publish('openvino_demo', pictureMessage('images/syn_white.png', { id: 'white' }));
    await publisher.publish('openvino_demo', pictureMessage('images/syn_black.png', { id: 'black again' }));
    await Promise.all([results.count(2), letters.count(1)]);
    assert.deepEqual(ids(results), ['black', 'black again']);
    const { id, code } = JSON.parse(letters.texts()[0] ?? '');
    assert.deepEqual({ id, code }, { id: 'white', code: 'ERR_INFERENCE' });
    assert.ok((await service.metric('flawline_worker_restarts_total')) >= 1);
  });

  it('a picture that kills its worker while others wait there: it alone is dead-lettered, the others come once', async () => {
    await using broker = await startBroker();
    await using service = await startTestService({
      brokerUrl: broker.url,
      engine: fakeEngine({ fault: 'exit', onByte: 255 }),
      env: { FLAWLINE_RESULT_FIELDS: 'id', FLAWLINE_WORKERS_COUNT: '1', FLAWLINE_WORKERS_STREAMS: '1' },
    });
    await using results = await collect(broker.url, 'ekuiper/defect');
    await using letters = await collect(broker.url, 'flawline/flawline/dead-letter');
    await using publisher = await connectClient(broker.url);
    const healthy = Array.from({ length: 64 }, (_, n) => `${n}`); // so many that work counts as small after the half
    for (const [n, id] of healthy.entries()) {
      if (n === 48) await publisher.publish('openvino_demo', pictureMessage('images/syn_white.png', { id: 'white' }));
      await publisher.publish('openvino_demo', pictureMessage('images/syn_black.png', { id }));
    }
    await Promise.all([results.count(healthy.length), letters.count(1)]);
    assert.deepEqual(ids(results), healthy);
    assert.equal(JSON.parse(letters.texts()[0] ?? '').code, 'ERR_WORKER_EXITED');
    assert.equal(await service.metric('flawline_worker_restarts_total'), 2);
  });
});
