/**
 * What a mosquitto gives back that is killed while pictures wait for an absent service, and what storing them costs:
 * `node build/faults/durable-main.js [PICTURES] [TIMES]`. Each way of storing gets the pictures, is killed with SIGKILL as
 * soon as it has acknowledged all of them, or a second later, is started again, and hands out what it still has; all of
 * this so many times. `.ci/brokers` gets mosquitto 2.1.
 */
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from 'mqtt';
import { type BrokerOptions, brokerVersion, startBroker } from '../test/support/broker/broker.js';
import { connectClient } from '../test/support/broker/client.js';
import { durableBroker, durableMissing } from '../test/support/broker/durable-mosquitto.js';
import { until } from '../test/support/until.js';

const PICTURE = Buffer.alloc(100_000, 'a picture of 100 KB ');
const TOPIC = 'openvino_demo';
/** Publishes on the way to the broker at a time. */
const WINDOW = 20;
/** When nothing has come for so long the rest is gone. */
const QUIET_MS = 3000;
/** The same when some have come: a busy machine must not look like a loss. */
const LONG_QUIET_MS = 20_000;
const SESSION = { clientId: 'absent', clean: false, properties: { sessionExpiryInterval: 3600 } };

if (durableMissing !== false) throw new Error(durableMissing);
const count = Number(process.argv[2] ?? 500);
const times = Number(process.argv[3] ?? 1);
const durable = durableBroker();
const { program } = durable;
const replaced = (key: string, value: string): BrokerOptions => ({
  ...durable,
  config: (durable.config ?? []).map((line) => (line.startsWith(`${key} `) ? `${key} ${value}` : line)),
});
const ways: readonly (readonly [name: string, options: BrokerOptions])[] = [
  ['in memory', { ...(program === undefined ? {} : { program }) }],
  ['`persistence true`', { persistence: true, ...(program === undefined ? {} : { program }) }],
  ['plugin, flush_period 5 (its default)', replaced('plugin_opt_flush_period', '5')],
  ['plugin, flush_period 0', durable],
  ['plugin, flush_period 0, sync full', replaced('plugin_opt_sync', 'full')],
];

console.log(
  `${brokerVersion(program)}, ${times} × ${count} pictures of ${PICTURE.byteLength} bytes, QoS 1, ${WINDOW} on the way\n`,
);
console.log(
  '| stored | acknowledged a second | given back, killed at once | killed a second later |\n|---|--:|--:|--:|',
);
for (const [name, options] of ways) {
  let seconds = 0;
  const back = [0, 0];
  for (let time = 0; time < times; time += 1) {
    for (const [at, waitMs] of [0, 1000].entries()) {
      await using broker = await startBroker(options);
      await subscribe(broker.url);
      seconds += await publish(broker.url);
      if (waitMs > 0) await delay(waitMs);
      await broker.stop('SIGKILL');
      await broker.start();
      back[at] = (back[at] ?? 0) + (await givenBack(broker.url));
    }
  }
  const rate = Math.round((2 * times * count) / seconds);
  console.log(`| ${name} | ${rate} | ${back.map((each) => `${each} of ${times * count}`).join(' | ')} |`);
}

async function subscribe(url: string): Promise<void> {
  await using client = await connectClient(url, SESSION);
  await client.client.subscribeAsync(TOPIC, { qos: 1 });
  await client.client.endAsync();
}

/** @returns seconds until all are acknowledged */
async function publish(url: string): Promise<number> {
  await using client = await connectClient(url);
  const startedAt = performance.now();
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) {
      next += 1;
      await client.publish(TOPIC, PICTURE);
    }
  };
  await Promise.all(Array.from({ length: WINDOW }, lane));
  return (performance.now() - startedAt) / 1000;
}

async function givenBack(url: string): Promise<number> {
  let received = 0;
  let lastAtMs = performance.now();
  const client = connect(url, { ...SESSION, protocolVersion: 5 });
  client.on('message', () => {
    received += 1;
    lastAtMs = performance.now();
  });
  const isOver = () => received >= count || performance.now() - lastAtMs > (received > 0 ? LONG_QUIET_MS : QUIET_MS);
  await until('no further one comes', isOver);
  await client.endAsync(true);
  return received;
}
