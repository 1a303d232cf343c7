/** A thread that decodes, infers and encodes with the service's own parts and does nothing else. */
import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import type { SharedModel } from '../../src/engine/engine.js';
import { createCodec } from '../../src/imaging/create-codec.js';
import type { Image } from '../../src/vision/image.js';
import { openInspector } from '../../src/worker/open-inspector.js';
import type { WorkerSetup } from '../../src/worker/protocol/worker.js';
import type { Work } from './stages.js';

interface BareData {
  readonly setup: WorkerSetup;
  readonly shared: SharedModel | undefined;
  readonly files: readonly string[];
}

export interface BareTask {
  readonly work: Exclude<Work, 'pool'>;
  readonly seconds: number;
}

const { setup, shared, files } = workerData as BareData;
const { inspector, request } = await openInspector(setup, { shared });
const { libvips, turbojpeg } = setup;
const codec = createCodec(turbojpeg === undefined ? { libvips } : { libvips, turbojpeg });
const limits = { maxPixels: setup.maxPixels };

// What a result's picture is made of, drawn once: encoding noise would cost more.
const cases: { readonly bytes: Uint8Array; readonly pair: Image }[] = [];
for (const file of files) {
  const bytes = readFileSync(file);
  const jpeg = await inspector.renderPair((await inspector.inspectPicture(bytes)).prediction);
  const pair = await codec.decode(jpeg, 'jpeg', limits);
  cases.push({ bytes, pair: { ...pair, data: pair.data.slice() } });
}

parentPort?.on('message', ({ work, seconds }: BareTask) => {
  void run(work, performance.now() + 1000 * seconds).then((count) => parentPort?.postMessage(count));
});
parentPort?.postMessage('ready');

async function run(work: BareTask['work'], endMs: number): Promise<number> {
  const isAll = work === 'bare';
  for (let count = 0; ; count += 1) {
    const picture = cases[count % cases.length];
    if (picture === undefined || performance.now() >= endMs) return count;
    if (isAll || work === 'decode') await codec.decode(picture.bytes, 'jpeg', limits);
    if (isAll || work === 'infer') request.infer();
    if (isAll || work === 'encode') await codec.encodeJpeg(picture.pair);
  }
}
