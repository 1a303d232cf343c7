/**
 * A result above the packet limit of any broker, between results below it: `node build/faults/oversize-main.js LIMIT`,
 * with the broker in FLAWLINE_MQTT_URL and further FLAWLINE_ variables as a service needs them there. The picture
 * itself is below the limit. Ends with 0 when the others all have their result, the culprit is a dead letter, and the
 * service is ready after it.
 */
import { performance } from 'node:perf_hooks';
import { collect, connectClient } from '../test/support/broker/client.js';
import { startServiceProcess } from '../test/support/service/service-process.js';
import { until } from '../test/support/until.js';

const CLIENT_ID = 'flawline-oversize';
const PICTURES = 'flawline-oversize/pictures';
const RESULTS = 'flawline-oversize/results';
const DEAD_LETTERS = `flawline/${CLIENT_ID}/dead-letter`;
const OTHERS = 20;
const DEADLINE_MS = 120_000;

const limit = Number(process.argv[2]);
const url = process.env['FLAWLINE_MQTT_URL'];
if (!Number.isInteger(limit) || url === undefined) {
  console.error('usage: FLAWLINE_MQTT_URL=URL node build/faults/oversize-main.js LIMIT');
  process.exit(2);
}
const protocolVersion = process.env['FLAWLINE_MQTT_PROTOCOL_VERSION'] === '4' ? 4 : 5;
const env = Object.fromEntries(
  Object.entries(process.env).flatMap(([key, value]) =>
    key.startsWith('FLAWLINE_') && value !== undefined ? [[key, value] as const] : [],
  ),
);
await using service = await startServiceProcess({
  brokerUrl: url,
  main: new URL('./service-main.js', import.meta.url),
  env: {
    ...env,
    FLAWLINE_MQTT_CLIENT_ID: CLIENT_ID,
    FLAWLINE_SOURCE_TOPICS: PICTURES,
    FLAWLINE_SINK_TOPIC: RESULTS,
    FLAWLINE_RESULT_FIELDS: 'origin,afterProcess,id,defect',
  },
});
await using results = await collect(url, RESULTS, { protocolVersion });
await using letters = await collect(url, DEAD_LETTERS, { protocolVersion });
await using publisher = await connectClient(url, { protocolVersion });
await service.ready();

const startedAt = performance.now();
for (let n = 0; n < OTHERS; n += 1) {
  // The picture's own bytes pass; its result has them as base64, a third larger.
  if (n === OTHERS / 2) await publisher.publish(PICTURES, bmp(...sidesOf(0.95 * limit)));
  await publisher.publish(PICTURES, JSON.stringify({ id: `p${n}`, image: bmp(32, 32).toString('base64') }));
}
const seen = () => new Set(results.texts().map((text) => String(JSON.parse(text).id)));
let failure = '';
await until(
  `${OTHERS} results and a dead letter`,
  () => seen().size >= OTHERS && letters.messages.length > 0,
  DEADLINE_MS,
).catch((error: unknown) => {
  failure = String(error);
});
const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
const codes = letters.texts().map((text) => String(JSON.parse(text).code));
if (codes.length !== 1) failure ||= `${codes.length} dead letters`;
await service.ready();
const reconnects = /^flawline_mqtt_reconnects_total\{role="sink"\} (\d+)/m.exec(await service.metrics())?.[1];
console.log(
  `${seen().size} of ${OTHERS} results, dead letters: ${codes.join(', ') || 'none'}, ${reconnects} reconnects, ${seconds} s`,
);
service.kill('SIGTERM');
await service.ended;
if (failure !== '') {
  console.error(failure);
  console.error(service.output().split('\n').slice(-15).join('\n'));
}
process.exit(failure === '' ? 0 : 1);

/** Width and height of a picture of about so many bytes. */
function sidesOf(bytes: number): readonly [number, number] {
  const width = 512;
  return [width, Math.floor((bytes - 54) / (3 * width))];
}

/** An uncompressed picture of 24 bits: its size is known beforehand. */
function bmp(width: number, height: number): Buffer {
  const rowBytes = Math.ceil((3 * width) / 4) * 4;
  const picture = Buffer.alloc(54 + rowBytes * height, 0x80);
  picture.write('BM', 0, 'latin1');
  picture.writeUInt32LE(picture.byteLength, 2);
  picture.writeUInt32LE(0, 6);
  picture.writeUInt32LE(54, 10);
  picture.writeUInt32LE(40, 14);
  picture.writeInt32LE(width, 18);
  picture.writeInt32LE(height, 22);
  picture.writeUInt16LE(1, 26);
  picture.writeUInt16LE(24, 28);
  picture.fill(0, 30, 54);
  return picture;
}
