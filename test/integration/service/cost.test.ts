/**
 * What would go wrong: the journey around a picture gets dearer than the picture, commit by commit. The service and the two
 * stages that it cannot do without take turns in this process, and only the ratio of their CPU time is judged: a slow or a
 * busy machine slows both. Inference costs nothing here, the engine is the fake.
 */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { startLoad } from '../../../bench/load/load.js';
import { drawPicture } from '../../../bench/load/pictures.js';
import { median } from '../../../bench/report.js';
import { createCodec } from '../../../src/imaging/create-codec.js';
import { findTurbojpeg } from '../../../src/imaging/find-turbojpeg.js';
import { brokerMissing, startBroker } from '../../support/broker/broker.js';
import { startTestService } from '../../support/service/service.js';
import { makeTemporaryFolder } from '../../support/temporary-folder.js';

/** CPU of the whole service over that of decoding and encoding, all else included: MQTT, two threads, the collector. */
const MAX_RATIO = 3;
const PICTURES = 4;
const MESSAGES = 40;
const ROUNDS = 5;
const turbojpeg = findTurbojpeg();
const skip = brokerMissing || (turbojpeg === undefined ? 'libturbojpeg is not installed' : false);

it('the service costs at most three times what decoding and encoding cost', { skip }, async () => {
  await using folder = await makeTemporaryFolder();
  const jpegs: Buffer[] = [];
  const pictures: string[] = [];
  for (let n = 0; n < PICTURES; n += 1) {
    jpegs.push(await drawPicture({ width: 1280, height: 960, seed: n + 1, spots: 6 }));
    pictures.push(join(folder.path, `${n}.jpg`));
    await writeFile(pictures[n] ?? '', jpegs[n] ?? '');
  }
  await using broker = await startBroker({ config: ['log_type none'] });
  await using _service = await startTestService({ brokerUrl: broker.url });
  await using load = startLoad();
  const task = { port: broker.port, topicIn: 'openvino_demo', topicOut: 'ekuiper/defect', pictures };
  const serve = (count: number) => load.run({ ...task, count, pace: { window: 8 } });
  await serve(2 * PICTURES);
  const ratios: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const service = await cpuMs(() => serve(MESSAGES));
    const stages = await cpuMs(() => decodeAndEncode(jpegs, MESSAGES));
    ratios.push(service / stages);
  }
  assert.ok(median(ratios) <= MAX_RATIO, `ratios of the rounds: ${ratios.map((ratio) => ratio.toFixed(2)).join(', ')}`);
});

async function decodeAndEncode(jpegs: readonly Buffer[], count: number): Promise<void> {
  const codec = createCodec(turbojpeg === undefined ? {} : { turbojpeg });
  const limits = { maxPixels: 10_000_000 };
  const pair = { width: 512, height: 256, channels: 3 as const, data: new Uint8Array(512 * 256 * 3) };
  for (let n = 0; n < count; n += 1) {
    await codec.decode(jpegs[n % jpegs.length] ?? Buffer.alloc(0), 'jpeg', limits);
    await codec.encodeJpeg(pair);
    await delay(0);
  }
  codec.close();
}

/** Of all threads of this process. */
async function cpuMs(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
