/**
 * The promise, on the real program with the real engine: what the broker has acknowledged gets its result although the
 * service is killed under load. If the input were acknowledged before its result, the pictures in flight would be lost.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { brokerMissing, startBroker } from '../support/broker/broker.js';
import { type Collector, collect, connectClient } from '../support/broker/client.js';
import { engineHere } from '../support/engine/engines-here.js';
import { pictureMessage } from '../support/pictures/payloads.js';
import { type ServiceProcess, startServiceProcess } from '../support/service/service-process.js';
import { until } from '../support/until.js';

const COUNT = 200;
const IDS = Array.from({ length: COUNT }, (_, n) => `${n}`);
const ENV = { FLAWLINE_RESULT_FIELDS: 'id' };
const DEADLINE_MS = 120_000;

/** Runs `use` on a service with pictures under way: a quarter of them has its result. */
async function withLoadedService(
  use: (parts: {
    readonly brokerUrl: string;
    readonly results: Collector;
    readonly first: ServiceProcess;
    readonly published: Promise<unknown>;
  }) => Promise<void>,
): Promise<void> {
  await using broker = await startBroker();
  await using results = await collect(broker.url, 'ekuiper/defect');
  await using publisher = await connectClient(broker.url);
  const first = await startServiceProcess({ brokerUrl: broker.url, env: ENV });
  await first.ready();
  const published = Promise.all(
    IDS.map((id) => publisher.publish('openvino_demo', pictureMessage('images/syn_3x2.png', { id }))),
  );
  await until('a quarter has its result', () => results.messages.length >= COUNT / 4, DEADLINE_MS);
  await use({ brokerUrl: broker.url, results, first, published });
}

const engine = engineHere('openvino-capi');
const skip = brokerMissing || (typeof engine === 'string' && engine);

describe('flawline run under load', { skip }, () => {
  it('loses nothing when it is killed with SIGKILL and started again', async () => {
    await withLoadedService(async ({ brokerUrl, results, first, published }) => {
      first.kill('SIGKILL');
      await first.ended;
      await published;
      await using second = await startServiceProcess({ brokerUrl, env: ENV });
      await second.ready();
      const seen = () => new Set(results.texts().map((text) => JSON.parse(text).id));
      await until('every picture has its result', () => seen().size === COUNT, DEADLINE_MS);
    });
  });

  it('ends with 0 on SIGTERM, and the next one goes on with nothing lost and nothing twice', async () => {
    await withLoadedService(async ({ brokerUrl, results, first, published }) => {
      first.kill('SIGTERM');
      assert.equal(await first.ended, 0, first.output());
      await published;
      await using second = await startServiceProcess({ brokerUrl, env: ENV });
      await second.ready();
      await until('every picture has its result', () => results.messages.length >= COUNT, DEADLINE_MS);
      await until('nothing is in flight', async () => /^flawline_messages_in_flight 0$/m.test(await second.metrics()));
      assert.deepEqual(
        results
          .texts()
          .map((text) => Number(JSON.parse(text).id))
          .sort((a, b) => a - b),
        IDS.map(Number),
      );
    });
  });
});
