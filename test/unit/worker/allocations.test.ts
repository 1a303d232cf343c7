/**
 * What would go wrong: a copy of the message more, and nobody sees it on a busy machine, until the collector takes as much time
 * as the inspection. Bytes are counted, not time: they are the same on every machine and at every load.
 */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { drawPicture } from '../../../bench/load/pictures.js';
import { loadConfig } from '../../../src/config/load.js';
import { findTurbojpeg } from '../../../src/imaging/find-turbojpeg.js';
import { prepareWorkers } from '../../../src/service/prepare.js';
import { openInspector } from '../../../src/worker/open-inspector.js';
import { fakeEngine } from '../../support/engine/fake-engine.js';
import { modelWithoutSelfTest } from '../../support/engine/test-model.js';

/** The result's JPEG before it is text is 30 KB here; the picture has 300 KB, the message 400 KB. */
const MAX_BYTES = 64 * 1024;
/** Buffers that are kept for the next picture are made with the first ones. */
const WARM_UP = 3;
const ROUNDS = 5;
const skip = findTurbojpeg() === undefined ? 'libturbojpeg is not installed: sharp makes buffers of its own' : false;

it('inspect() allocates outside the heap only its result and little else', { skip }, async () => {
  const env = { FLAWLINE_MODEL_PATH: await modelWithoutSelfTest() };
  const { config } = loadConfig({ env, cwd: '/', cores: 1, hostname: 'test', useDefaultFile: false });
  const { setup } = await prepareWorkers(config, { env, cwd: '/', engine: fakeEngine() });
  const unit = await openInspector(setup);
  const jpeg = await drawPicture({ width: 1280, height: 960, seed: 1, spots: 6 });
  const payload = Buffer.from(JSON.stringify({ image: jpeg.toString('base64') }));
  const besideResult: number[] = [];
  for (let round = 0; round < WARM_UP + ROUNDS; round += 1) {
    const before = process.memoryUsage().arrayBuffers;
    const { results } = await unit.inspector.inspect({
      topic: 'camera',
      payload,
      properties: { user: [] },
      receivedAtMs: 0,
    });
    const allocated = process.memoryUsage().arrayBuffers - before;
    if (round >= WARM_UP) besideResult.push(allocated - (results[0]?.payload.byteLength ?? 0));
  }
  unit.close();
  const median = besideResult.toSorted((a, b) => a - b)[ROUNDS >> 1] ?? Number.NaN;
  assert.ok(median <= MAX_BYTES, `${median} bytes beside the result, for a JPEG of ${jpeg.length}`);
});
