import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { MqttClient } from 'mqtt';
import type { Config } from '../config/config.js';
import { connectTool } from '../mqtt/tool-client.js';
import { isTopicName } from '../mqtt/topic.js';
import { createTopics } from '../service/topics.js';
import { type Command, type CommandIo, number, text, UsageError, wholeNumber } from './command.js';
import { type LedgerReading, readLedger } from './ledger-reading.js';
import { loadCommandConfig } from './load.js';
import { sampleFiles } from './pictures.js';
import { startProgress } from './progress.js';
import { readResult } from './result.js';
import { tagJpeg, tagOfOrigin } from './tagged-jpeg.js';

const DEFAULT_COUNT = 100;
const MAX_UNACKNOWLEDGED = 8;
/** Without a new result for so long nothing more is expected. */
const DEFAULT_PATIENCE_SECONDS = 15;

export const verify: Command = {
  usage: '[--count N] [--patience SECONDS] [--metrics URL] [--config FILE]',
  summary: 'Publishes N pictures through the broker and checks that every one has its result or its dead letter.',
  about: [
    'Compares what the broker acknowledged with results and dead letters, and with the ledger of the service, which must',
    'add up. Ends with 0 if nothing is missing and the ledger agrees. Give it the configuration of the service.',
  ].join('\n'),
  options: { count: { type: 'string' }, patience: { type: 'string' }, metrics: { type: 'string' } },
  optionHelp: [
    { usage: 'count N', help: `how many (${DEFAULT_COUNT})` },
    {
      usage: 'patience SECONDS',
      help: `gives up after so long without a new result (${DEFAULT_PATIENCE_SECONDS})`,
    },
    { usage: 'metrics URL', help: "the service's /metrics (http.host and http.port)" },
  ],
  acceptsPositionals: false,
  async run(values, _positionals, io) {
    const { config } = loadCommandConfig(values, io);
    const count = wholeNumber(values, 'count', 1) ?? DEFAULT_COUNT;
    const patienceMs = (number(values, 'patience', 0) ?? DEFAULT_PATIENCE_SECONDS) * 1000;
    const url = text(values, 'metrics') ?? metricsUrl(config);
    const client = await connectTool({
      broker: config.mqtt,
      protocolVersion: config.mqtt.protocolVersion,
      clientId: `${config.mqtt.clientId}-verify-${randomUUID().slice(0, 8)}`,
    });
    const seenAt = await connectTool({
      broker: config.sink,
      protocolVersion: config.mqtt.protocolVersion,
      clientId: `${config.mqtt.clientId}-verified-${randomUUID().slice(0, 8)}`,
    });
    try {
      const before = await readLedger(url);
      const seen = await exchange({ client, seenAt, config, count, patienceMs }, io);
      return report(seen, before, await restingLedger(url), io);
    } finally {
      await Promise.all([client.endAsync(), seenAt.endAsync()]);
    }
  },
};

interface Exchange {
  readonly client: MqttClient;
  readonly seenAt: MqttClient;
  readonly config: Config;
  readonly count: number;
  readonly patienceMs: number;
}

interface Seen {
  readonly acknowledged: ReadonlySet<string>;
  /** Times each picture's result came. */
  readonly results: ReadonlyMap<string, number>;
  readonly deadLetters: ReadonlySet<string>;
}

async function exchange({ client, seenAt, config, count, patienceMs }: Exchange, io: CommandIo): Promise<Seen> {
  const topic = config.source.topics.find(isTopicName);
  if (topic === undefined) throw new UsageError('verify needs a topic without wildcards in source.topics');
  const topics = createTopics(config);
  const pictures = await Promise.all(
    (await sampleFiles()).filter((file) => /\.jpe?g$/.test(file)).map((file) => readFile(file)),
  );
  const run = randomUUID().slice(0, 8);
  const acknowledged = new Set<string>();
  const results = new Map<string, number>();
  const deadLetters = new Set<string>();
  const progress = startProgress(io, count, 'results');
  let lastAtMs = performance.now();
  seenAt.on('message', (from, payload, packet) => {
    const seen = readResult(from, payload, packet.properties?.userProperties);
    const id = seen.id.startsWith(run) ? seen.id : tagOfOrigin(seen.origin);
    if (id === undefined || !id.startsWith(run)) return;
    lastAtMs = performance.now();
    if (from === topics.deadLetter) deadLetters.add(id);
    else results.set(id, (results.get(id) ?? 0) + 1);
    progress.step();
  });
  await seenAt.subscribeAsync([...topics.resultFilters, topics.deadLetter], { qos: 1 });

  const underWay = new Set<Promise<void>>();
  for (let n = 0; n < count && !io.signal.aborted; n += 1) {
    const id = `${run}-${n}`;
    const image = tagJpeg(pictures[n % pictures.length] ?? Buffer.alloc(0), id).toString('base64');
    const publish = client
      .publishAsync(topic, JSON.stringify({ [config.payload.imageField]: image, id }), { qos: 1 })
      .then(() => {
        acknowledged.add(id);
        underWay.delete(publish);
      });
    underWay.add(publish);
    if (underWay.size >= MAX_UNACKNOWLEDGED) await Promise.race(underWay);
  }
  await Promise.all(underWay);
  const isComplete = () => results.size + deadLetters.size >= acknowledged.size;
  while (!isComplete() && performance.now() - lastAtMs < patienceMs && !io.signal.aborted) await delay(100);
  progress.stop();
  return { acknowledged, results, deadLetters };
}

function report(
  seen: Seen,
  before: LedgerReading | undefined,
  after: LedgerReading | undefined,
  io: CommandIo,
): number {
  const { acknowledged, results, deadLetters } = seen;
  const missing = [...acknowledged].filter((id) => !results.has(id) && !deadLetters.has(id));
  const twice = [...results.values()].filter((times) => times > 1).length;
  const filtered = before && after && after.received >= before.received ? after.filtered - before.filtered : 0;
  const lost = Math.max(0, missing.length - filtered);
  const adds = after?.isBalanced === true && after.inFlight === 0;
  io.stdout(`published      ${acknowledged.size}\nresults        ${results.size}\nfiltered       ${filtered}\n`);
  io.stdout(`dead letters   ${deadLetters.size}\ntwice          ${twice}\nlost           ${lost}\n`);
  io.stdout(
    `ledger         ${after === undefined ? 'not reachable' : adds ? 'adds up' : `does not add up: ${after.text}`}\n`,
  );
  return lost === 0 && adds ? 0 : 1;
}

function metricsUrl({ http }: Config): string {
  const host = http.host === '0.0.0.0' ? '127.0.0.1' : http.host;
  return `http://${host.includes(':') ? `[${host}]` : host}:${http.port}/metrics`;
}

/** The ledger once nothing is in flight; as it is after a while otherwise. */
async function restingLedger(url: string): Promise<LedgerReading | undefined> {
  let reading = await readLedger(url);
  for (let tries = 0; tries < 50 && reading?.inFlight !== 0; tries += 1) {
    await delay(100);
    reading = await readLedger(url);
  }
  return reading;
}
