/**
 * Members of one shared subscription on one mosquitto: rate, order, and what is lost when a member dies, hangs or leaves.
 * `node build/bench/scale-main.js [--real [--pinning true|false]] [--pictures N]`: inference waits 40 ms without using a
 * core, or is real.
 */

import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { defined } from '../src/std/defined.js';
import { packageRoot } from '../src/std/package-root.js';
import { startBroker, type TestBroker } from '../test/support/broker/broker.js';
import { type Collector, collect, connectClient } from '../test/support/broker/client.js';
import { pictureMessage } from '../test/support/pictures/payloads.js';
import { type ServiceProcess, startServiceProcess } from '../test/support/service/service-process.js';
import { makeTemporaryFolder } from '../test/support/temporary-folder.js';
import { until } from '../test/support/until.js';

const { values } = parseArgs({
  options: {
    real: { type: 'boolean', default: false },
    pictures: { type: 'string', default: '400' },
    pinning: { type: 'string' },
  },
});
const PICTURES = Number(values.pictures);
const DELAY_MS = 40;
/** Divided by none of the numbers of members: brokers deal in turn, and each camera shall meet every member. */
const CAMERAS = 7;
const GROUP = '$share/members/line/+/camera';
const DEADLINE_MS = 240_000;
const PICTURE = values.real ? 'images/syn_color.jpg' : 'images/syn_3x2.png';

// Without model.json, whose picture only the real engine sees aright.
await using model = await makeTemporaryFolder();
for (const name of ['model.xml', 'model.bin']) {
  await copyFile(join(packageRoot, 'models/test-unet', name), join(model.path, name));
}

type Settings = Readonly<Record<string, string>>;

async function startMember(broker: TestBroker, n: number, settings: Settings = {}): Promise<ServiceProcess> {
  const member = await startServiceProcess({
    brokerUrl: broker.url,
    ...(values.real ? {} : { main: new URL('./member-main.js', import.meta.url) }),
    env: {
      BENCH_DELAY_MS: String(DELAY_MS),
      FLAWLINE_MODEL_PATH: model.path,
      FLAWLINE_MQTT_CLIENT_ID: `member-${n}`,
      FLAWLINE_SOURCE_TOPICS: GROUP,
      FLAWLINE_RESULT_FIELDS: 'id,topic',
      FLAWLINE_WORKERS_STREAMS: '1',
      FLAWLINE_WORKERS_COUNT: '1',
      FLAWLINE_LOG_LEVEL: 'error',
      ...defined({ FLAWLINE_WORKERS_PINNING: values.pinning }),
      ...settings,
    },
  });
  await until('the member is ready', () => member.ready().then(() => true), DEADLINE_MS);
  return member;
}

interface Load {
  readonly results: Collector;
  /** Publishes all, `perSecond` or as fast as the broker takes them. */
  publish(perSecond?: number): Promise<void>;
}

async function withMembers<T>(
  count: number,
  settings: Settings,
  body: (load: Load, members: ServiceProcess[], broker: TestBroker) => Promise<T>,
): Promise<T> {
  await using broker = await startBroker();
  await using results = await collect(broker.url, 'ekuiper/defect');
  await using publisher = await connectClient(broker.url);
  const members: ServiceProcess[] = [];
  try {
    for (let n = 0; n < count; n += 1) members.push(await startMember(broker, n, settings));
    const publish = async (perSecond?: number) => {
      const underWay: Promise<void>[] = [];
      const startedAt = performance.now();
      for (let n = 0; n < PICTURES; n += 1) {
        if (perSecond !== undefined) await delay(Math.max(0, startedAt + (n * 1000) / perSecond - performance.now()));
        const topic = `line/${n % CAMERAS}/camera`;
        underWay.push(publisher.publish(topic, pictureMessage(PICTURE, { id: String(n) })));
      }
      await Promise.all(underWay);
    };
    return await body({ results, publish }, members, broker);
  } finally {
    for (const member of members) {
      member.kill('SIGCONT');
      await member[Symbol.asyncDispose]();
    }
  }
}

function seenIds({ results }: Load): { ids: Set<number>; twice: number; late: number } {
  const all = results.texts().map((text) => JSON.parse(text) as { id: string; topic: string });
  const newest = new Map<string, number>();
  let late = 0;
  for (const { id, topic } of all) {
    if (Number(id) < (newest.get(topic) ?? -1)) late += 1;
    else newest.set(topic, Number(id));
  }
  const ids = new Set(all.map(({ id }) => Number(id)));
  return { ids, twice: all.length - ids.size, late };
}

const allSeen = (load: Load) => until('all results', () => seenIds(load).ids.size === PICTURES, DEADLINE_MS);

/** Resolves when nothing new has come for a while. */
async function quiet(load: Load): Promise<void> {
  for (let before = -1; before !== load.results.messages.length; ) {
    before = load.results.messages.length;
    await delay(3000);
  }
}

async function rate(count: number): Promise<void> {
  await withMembers(count, {}, async (load) => {
    const startedAt = performance.now();
    await load.publish();
    await allSeen(load);
    const seconds = (performance.now() - startedAt) / 1000;
    const { late, twice } = seenIds(load);
    console.log(`| ${count} | ${(PICTURES / seconds).toFixed(0)} | ${late} of ${PICTURES} | 0 | ${twice} |`);
  });
}

interface Fault {
  readonly name: string;
  readonly settings?: Settings;
  strike(victim: ServiceProcess): unknown;
  heal?(victim: ServiceProcess, broker: TestBroker): Promise<ServiceProcess | undefined>;
}

const FAULTS: readonly Fault[] = [
  {
    name: 'dies (SIGKILL), comes back after the others are done',
    strike: (victim) => victim.kill('SIGKILL'),
    heal: (_victim, broker) => startMember(broker, 0),
  },
  {
    name: 'dies, its session expires after 2 s',
    settings: { FLAWLINE_MQTT_SESSION_EXPIRY_SECONDS: '2' },
    strike: (victim) => victim.kill('SIGKILL'),
  },
  {
    name: 'hangs (SIGSTOP), goes on after the others are done',
    strike: (victim) => victim.kill('SIGSTOP'),
    async heal(victim) {
      victim.kill('SIGCONT');
      return undefined;
    },
  },
  {
    name: 'is scaled in: onStop retire, SIGTERM',
    settings: { FLAWLINE_MQTT_ON_STOP: 'retire', FLAWLINE_SHUTDOWN_TIMEOUT_MS: '60000' },
    strike(victim) {
      victim.kill('SIGTERM');
      return victim.ended;
    },
  },
];

async function fault({ name, settings = {}, strike, heal }: Fault): Promise<void> {
  await withMembers(3, settings, async (load, members, broker) => {
    const victim = members[0] as ServiceProcess;
    const published = load.publish(60);
    await until('a third is done', () => seenIds(load).ids.size > PICTURES / 3, DEADLINE_MS);
    await strike(victim);
    await published;
    await quiet(load);
    const waiting = PICTURES - seenIds(load).ids.size;
    const healed = await heal?.(victim, broker);
    if (healed) members.push(healed);
    if (heal) await allSeen(load);
    const { ids, twice, late } = seenIds(load);
    console.log(`| ${name} | ${waiting} | ${PICTURES - ids.size} | ${twice} | ${late} |`);
  });
}

console.log('| members | pictures/s | late within their camera | lost | twice |\n|---|---|---|---|---|');
for (const count of [1, 2, 4]) await rate(count);
if (!values.real) {
  console.log('\n| one of 3 members | waits for it | lost | twice | late within their camera |\n|---|---|---|---|---|');
  for (const each of FAULTS) await fault(each);
}
