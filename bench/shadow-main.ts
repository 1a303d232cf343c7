/**
 * What a candidate costs the pictures of the model that runs: their latency at half load, with and without one, in turns.
 *
 *     node build/bench/shadow-main.js [seconds of a turn] [turns]
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { packageRoot } from '../src/std/package-root.js';
import { startBroker } from '../test/support/broker/broker.js';
import { collect, connectClient } from '../test/support/broker/client.js';
import { startServiceProcess } from '../test/support/service/service-process.js';
import { drawPicture } from './load/pictures.js';

const [seconds = '15', turns = '6'] = process.argv.slice(2);
const TOKEN = 'bench';
const SATURATING = 150;

await using broker = await startBroker();
await using service = await startServiceProcess({
  brokerUrl: broker.url,
  env: {
    FLAWLINE_HTTP_TOKEN: TOKEN,
    FLAWLINE_MODEL_PATH: `${packageRoot}/models/surface-defect`,
    FLAWLINE_RESULT_FIELDS: 'id',
    FLAWLINE_RULE_WHERE: 'true',
  },
});
await service.ready();
await using results = await collect(broker.url, 'ekuiper/defect');
await using publisher = await connectClient(broker.url);
const image = (await drawPicture({ width: 1280, height: 960, seed: 1, spots: 6 })).toString('base64');
const sentAtMs = new Map<string, number>();
let sent = 0;

async function send(): Promise<void> {
  const id = String(sent++);
  sentAtMs.set(id, performance.now());
  await publisher.publish('openvino_demo', JSON.stringify({ id, image }), { qos: 1 });
}

let latencies: number[] = [];
results.client.on('message', (_topic, payload) => {
  const { id } = JSON.parse(String(payload)) as { id: string };
  latencies.push(performance.now() - (sentAtMs.get(id) ?? Number.NaN));
});

async function change(action: string): Promise<void> {
  const url = `http://127.0.0.1:${service.httpPort}/models/default/${action}`;
  const response = await fetch(url, { method: 'POST', headers: { authorization: `Bearer ${TOKEN}` }, body: '{}' });
  if (!response.ok) throw new Error(await response.text());
}

/** At random moments, as cameras do that know nothing of each other. */
async function turn(ratePerSecond: number): Promise<readonly number[]> {
  latencies = [];
  const endMs = performance.now() + 1000 * Number(seconds);
  const from = sent;
  let dueMs = performance.now();
  while (performance.now() < endMs) {
    dueMs += (-Math.log(1 - Math.random()) * 1000) / ratePerSecond;
    await sleep(Math.max(0, dueMs - performance.now()));
    void send();
  }
  await results.count(results.messages.length + sent - from - latencies.length);
  return latencies.toSorted((a, b) => a - b);
}

await Promise.all(Array.from({ length: SATURATING }, send));
await results.count(SATURATING);
const startMs = performance.now();
await Promise.all(Array.from({ length: SATURATING }, send));
await results.count(2 * SATURATING);
const rate = (SATURATING * 1000) / (performance.now() - startMs);
console.log(`${rate.toFixed(1)} pictures/s at saturation; turns of ${seconds} s at half of that`);

const ratios: number[] = [];
for (let n = 0; n < Number(turns); n += 1) {
  const without = percentiles(await turn(rate / 2));
  await change('candidate');
  const beside = percentiles(await turn(rate / 2));
  const text = await (await fetch(`http://127.0.0.1:${service.httpPort}/metrics`)).text();
  await change('discard');
  ratios.push(beside.p99 / without.p99);
  const compared = /^flawline_shadow_pictures_total\{[^}]*\} (\d+)/m.exec(text)?.[1];
  console.log(
    `without: median ${without.p50.toFixed(1)} p99 ${without.p99.toFixed(1)} ms; with: median ${beside.p50.toFixed(1)} p99 ${beside.p99.toFixed(1)} ms; ` +
      `p99 ratio ${(beside.p99 / without.p99).toFixed(3)}; ${compared} compared so far of ${sent} sent`,
  );
}
ratios.sort((a, b) => a - b);
console.log(
  `p99 ratio: median ${ratios[ratios.length >> 1]?.toFixed(3)}, from ${ratios[0]?.toFixed(3)} to ${ratios.at(-1)?.toFixed(3)}`,
);

function percentiles(sorted: readonly number[]): { readonly p50: number; readonly p99: number } {
  const at = (fraction: number) => sorted[Math.floor(fraction * (sorted.length - 1))] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99) };
}
