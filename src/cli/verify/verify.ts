import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { Config } from '../../config/config.js';
import { connectTool } from '../../mqtt/tool-client.js';
import { matchesFilter } from '../../topics/topic.js';
import { type Command, type CommandIo, type CommandValues, number, text, UsageError, wholeNumber } from '../command.js';
import { loadCommandConfig } from '../load.js';
import { pictureTopic } from '../picture-topic.js';
import { type LedgerTally, watchLedger } from './ledger-tally.js';
import { type Exchanged, exchange } from './round-trip.js';
import { runShell } from './run-shell.js';
import { startOwnService } from './service-process.js';

const DEFAULT_COUNT = 100;
const DEFAULT_PATIENCE_SECONDS = 15;
/** A first start loads the runtime from a cold disk. */
const READY_TIMEOUT_MS = 120_000;

export const verify: Command = {
  usage:
    '[--count N] [--kill | --kill-with COMMAND] [--topic TOPIC] [--patience SECONDS] [--metrics URL] [--config FILE]',
  summary: 'Publishes N pictures through the broker and checks that every one has its result or its dead letter.',
  about: [
    'Compares what the broker acknowledged with results and dead letters, and with the ledger of the service, which must',
    'add up. Ends with 0 if nothing is missing and the ledger agrees. Give it the configuration of the service.',
    '',
    'With --kill it brings the service itself: one with "-verify" added to the client id, a picture topic and a port of its own,',
    'else with the same configuration. It is killed (SIGKILL) when half of the pictures have their answer, and started again.',
    'A service that runs already is not touched.',
    '',
    'With --kill-with it is the running service that is killed, by a command of yours; a supervisor, or the command, starts it again:',
    '--kill-with "systemctl kill -s KILL flawline".',
  ].join('\n'),
  options: {
    count: { type: 'string' },
    kill: { type: 'boolean' },
    'kill-with': { type: 'string' },
    topic: { type: 'string' },
    patience: { type: 'string' },
    metrics: { type: 'string' },
  },
  optionHelp: [
    { usage: 'count N', help: `how many (${DEFAULT_COUNT})` },
    { usage: 'kill', help: 'starts the service, kills it in the middle, starts it again' },
    { usage: 'kill-with COMMAND', help: 'runs it in the middle, to kill the service that runs' },
    { usage: 'topic TOPIC', help: 'where pictures go (the first of source.topics without wildcards)' },
    {
      usage: 'patience SECONDS',
      help: `gives up after so long without a new result (${DEFAULT_PATIENCE_SECONDS})`,
    },
    { usage: 'metrics URL', help: "the service's /metrics (http.host and http.port)" },
  ],
  acceptsPositionals: false,
  async run(values, _positionals, io) {
    const count = wholeNumber(values, 'count', 1) ?? DEFAULT_COUNT;
    const patienceMs = (number(values, 'patience', 0) ?? DEFAULT_PATIENCE_SECONDS) * 1000;
    const command = text(values, 'kill-with');
    if (values['kill'] !== true) {
      const strike = command === undefined ? {} : { strike: () => runShell(command, io) };
      return await check({ config: loadCommandConfig(values, io).config, count, patienceMs, ...strike }, values, io);
    }
    if (command !== undefined) throw new UsageError('verify takes --kill or --kill-with, not both');
    if (values['topic'] !== undefined)
      throw new UsageError('verify takes --kill or --topic: --kill has a topic of its own');
    const { config, env } = await ownConfiguration(values, io);
    const file = text(values, 'config');
    const args = file === undefined ? [] : ['--config', file];
    const service = await startOwnService({ env, args, http: config.http, readyTimeoutMs: READY_TIMEOUT_MS });
    try {
      const strike = () => service.killAndRestart();
      return await check({ config, count, patienceMs, strike }, values, io);
    } finally {
      await service.stop();
      if (config.journal.path !== undefined) await rm(config.journal.path, { force: true });
    }
  },
};

/** Another session, picture topic, port and journal than those of a service that may be running with this configuration. */
async function ownConfiguration(
  values: CommandValues,
  io: CommandIo,
): Promise<{ readonly config: Config; readonly env: NodeJS.ProcessEnv }> {
  const { config: other } = loadCommandConfig(values, { ...io, stderr: () => undefined });
  const clientId = `${other.mqtt.clientId}-verify`;
  const overrides = {
    FLAWLINE_MQTT_CLIENT_ID: clientId,
    FLAWLINE_MQTT_ON_STOP: 'retire', // nothing of it stays at the broker
    FLAWLINE_SOURCE_TOPICS: `flawline/${clientId}/pictures`,
    FLAWLINE_HTTP_HOST: '127.0.0.1',
    FLAWLINE_HTTP_PORT: String(await freePort()),
    ...(other.journal.path === undefined ? {} : { FLAWLINE_JOURNAL_PATH: `${other.journal.path}.verify` }),
  };
  return { config: loadCommandConfig(values, io, overrides).config, env: { ...io.env, ...overrides } };
}

/** On the loopback; not 0, as the service has to be found there again after its restart. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

interface Check {
  readonly config: Config;
  readonly count: number;
  readonly patienceMs: number;
  /** Kills the service; called once, in the middle. */
  readonly strike?: () => Promise<void>;
}

async function check(
  { config, count, patienceMs, strike }: Check,
  values: CommandValues,
  io: CommandIo,
): Promise<number> {
  const topic = pictureTopic('verify', config, text(values, 'topic'));
  if (!config.source.topics.some((filter) => matchesFilter(filter, topic))) {
    throw new UsageError(`--topic takes a topic that source.topics takes in: "${topic}" is none`);
  }
  const connect = (broker: Config['mqtt'] | Config['sink'], role: string) =>
    connectTool({
      broker,
      protocolVersion: config.mqtt.protocolVersion,
      clientId: `${config.mqtt.clientId}-${role}-${randomUUID().slice(0, 8)}`,
    });
  const client = await connect(config.mqtt, 'verify');
  const collector = await connect(config.sink, 'verified');
  try {
    const ledger = await watchLedger(text(values, 'metrics') ?? metricsUrl(config));
    const onHalf = strike === undefined ? {} : { onHalf: strike };
    const seen = await exchange({ client, collector, config, topic, count, patienceMs, ...onHalf }, io);
    return report(seen, await ledger.end(), { count, mustHaveRestarted: strike !== undefined }, io);
  } finally {
    // By force, as a broker that is away or frozen would not let them go; what it owes was waited for.
    await Promise.all([client.endAsync(true), collector.endAsync(true)]);
  }
}

interface Wanted {
  readonly count: number;
  readonly mustHaveRestarted: boolean;
}

function report(seen: Exchanged, ledger: LedgerTally, { count, mustHaveRestarted }: Wanted, io: CommandIo): number {
  const { acknowledged, answered, results, deadLetters, twice } = seen;
  const missing = [...acknowledged].filter((id) => !answered.has(id)).length;
  const lost = Math.max(0, missing - ledger.filtered);
  const verdict = judge(ledger, acknowledged.size);
  io.stdout(`published      ${acknowledged.size}\nresults        ${results}\nfiltered       ${ledger.filtered}\n`);
  io.stdout(`dead letters   ${deadLetters}\ntwice          ${twice}\nrestarts       ${ledger.restarts}\n`);
  io.stdout(`lost           ${lost}\nledger         ${verdict ?? 'adds up'}\n`);
  const isKilled = !mustHaveRestarted || ledger.restarts > 0;
  if (!isKilled) io.stdout('The service was not killed: give more pictures (--count).\n');
  const isWhole = acknowledged.size === count;
  if (!isWhole) io.stdout(`The broker took ${acknowledged.size} pictures of ${count}.\n`);
  return lost === 0 && verdict === undefined && isKilled && isWhole ? 0 : 1;
}

/** What is wrong with the ledger; undefined when it agrees. */
function judge({ last, received, restarts }: LedgerTally, published: number): string | undefined {
  if (last === undefined) return 'not reachable';
  if (!last.isBalanced || last.inFlight !== 0) return `does not add up: ${last.text}`;
  if (restarts === 0 && received < published) return `does not agree: ${received} received of ${published} published`;
  return undefined;
}

function metricsUrl({ http }: Config): string {
  const host = http.host === '0.0.0.0' ? '127.0.0.1' : http.host;
  return `http://${host.includes(':') ? `[${host}]` : host}:${http.port}/metrics`;
}
