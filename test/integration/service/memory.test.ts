/**
 * What would go wrong: the memory of a message or a result is used again while somebody still reads it, and a picture is
 * published with the bytes of another one. Many different pictures at a time, and connections that break under them.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { brokerMissing, startBroker } from '../../support/broker/broker.js';
import { collect, connectClient } from '../../support/broker/client.js';
import { startTcpProxy } from '../../support/broker/tcp-proxy.js';
import { seeded } from '../../support/seeded.js';
import { startTestService } from '../../support/service/service.js';

const COUNT = 150;
const SMALLEST_BYTES = 70_000;
const BREAKS = 3;

/** A 24-bit BMP of noise, so large that its message and its result are in shared memory; no two are equal. */
function noise(seed: number): Buffer {
  const random = seeded(seed);
  const width = 160;
  const height = Math.ceil(SMALLEST_BYTES / (3 * width)) + Math.floor(random() * 40);
  const bmp = Buffer.alloc(54 + 3 * width * height);
  bmp.write('BM');
  bmp.writeUInt32LE(bmp.length, 2);
  bmp.writeUInt32LE(54, 10);
  bmp.writeUInt32LE(40, 14);
  bmp.writeInt32LE(width, 18);
  bmp.writeInt32LE(height, 22);
  bmp.writeUInt16LE(1, 26);
  bmp.writeUInt16LE(24, 28);
  for (let at = 54; at < bmp.length; at += 1) bmp[at] = Math.floor(random() * 256);
  return bmp;
}

describe('memory that is used again', { skip: brokerMissing }, () => {
  it('carries every picture unchanged, at the limits of what is in flight and over broken connections', async () => {
    await using broker = await startBroker({ persistence: true });
    await using proxy = await startTcpProxy(broker.port);
    const env = {
      FLAWLINE_RESULT_FIELDS: 'id,origin',
      FLAWLINE_LIMITS_IN_FLIGHT: '6',
      FLAWLINE_MQTT_RECEIVE_MAXIMUM: '4',
    };
    await using service = await startTestService({ brokerUrl: proxy.url, env });
    await using results = await collect(broker.url, 'ekuiper/defect');
    await using publisher = await connectClient(broker.url);
    const sent = new Map<string, string>();
    for (let n = 0; n < COUNT; n += 1) {
      const image = noise(n + 1).toString('base64');
      sent.set(`p${n}`, image);
      await publisher.publish('openvino_demo', JSON.stringify({ id: `p${n}`, image }));
      if (n % (COUNT / BREAKS) === COUNT / BREAKS - 1) proxy.reset();
    }
    const seen = new Set<string>();
    for (let count = 1; seen.size < COUNT; count += 1) {
      await results.count(count);
      const { id, origin } = JSON.parse(String(results.messages[count - 1]?.payload)) as { id: string; origin: string };
      assert.ok(origin === sent.get(id), `the picture of ${id} was changed`);
      seen.add(id);
    }
    assert.equal(service.service.ledger().outcomes.dead_lettered, 0);
  });
});
