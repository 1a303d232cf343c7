/**
 * What one line a camera costs: memory of so many cameras, the time and size of a scrape, and a pass over what is told over MQTT.
 * `node --expose-gc build/bench/cameras-main.js [COUNT…]`: one line of JSON a count.
 */
import { performance } from 'node:perf_hooks';
import { createCameraStates } from '../src/service/camera-states.js';
import { createCameras } from '../src/telemetry/cameras.js';
import { createLedger } from '../src/telemetry/ledger.js';
import { createMetrics } from '../src/telemetry/metrics.js';

/** Enough for every ring of a line to be full. */
const PICTURES = 64;
const SCRAPES = 21;

async function measure(count: number): Promise<object> {
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  const cameras = createCameras({ max: Math.max(1, count), nowMs: Date.now });
  for (let picture = 0; picture < PICTURES; picture += 1) {
    for (let n = 0; n < count; n += 1)
      cameras.inspected(`line_${n}_camera`, { isDefective: n % 2 === 0, endToEndMs: picture });
  }
  globalThis.gc?.();
  const heapKiB = Math.round((process.memoryUsage().heapUsed - before) / 1024);
  const metrics = createMetrics({
    ledger: createLedger(['0']),
    rules: ['default'],
    messageAge: false,
    build: { client_id: 'flawline', version: '0', node: process.versions.node },
    nowMs: () => performance.now(),
    cameras,
  });
  const scrapes: number[] = [];
  let bytes = 0;
  for (let n = 0; n < SCRAPES; n += 1) {
    const startedAtMs = performance.now();
    bytes = Buffer.byteLength(await metrics.text());
    scrapes.push(performance.now() - startedAtMs);
  }
  const states = createCameraStates({ lines: cameras.lines, clientId: 'flawline', nowMs: Date.now });
  const startedAtMs = performance.now();
  const told = states.due().length;
  const statesMs = performance.now() - startedAtMs;
  const [fastest = 0] = scrapes.toSorted((a, b) => a - b);
  const median = scrapes.toSorted((a, b) => a - b)[Math.floor(SCRAPES / 2)] ?? 0;
  const slowest = Math.max(...scrapes);
  return {
    cameras: count,
    heapKiB,
    scrapeKiB: Math.round(bytes / 1024),
    scrapeMs: [fastest, median, slowest].map((ms) => Number(ms.toFixed(1))),
    told,
    statesMs: Number(statesMs.toFixed(1)),
  };
}

const counts = process.argv.slice(2).map(Number);
for (const count of counts.length === 0 ? [0, 20, 200, 1000] : counts) {
  process.stdout.write(`${JSON.stringify(await measure(count))}\n`);
}
