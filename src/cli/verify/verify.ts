import { rm } from 'node:fs/promises';
import type { Config } from '../../config/config.js';
import { freePort } from '../../std/loopback.js';
import { matchesFilter } from '../../topics/topic.js';
import { type CommandIo, defineCommand } from '../command.js';
import { askReadiness, localUrl } from '../healthcheck.js';
import { loadCommandConfig } from '../load.js';
import { flag, number, text, UsageError, type ValuesOf } from '../options.js';
import { pictureTopic } from '../pictures.js';
import { connectClients } from './clients.js';
import { watchLedger } from './ledger.js';
import { reportOf } from './report.js';
import { roundTrip } from './round-trip.js';
import { runShell, startServiceProcess } from './service-process.js';

/** A first start loads the runtime from a cold disk. */
const READY_TIMEOUT_MS = 120_000;

const OPTIONS = {
  count: number('N', 'how many', { minimum: 1, isWhole: true, otherwise: 100 }),
  kill: flag('starts the service, kills it in the middle, starts it again'),
  'kill-with': text('COMMAND', 'runs it in the middle, to kill the service that runs'),
  topic: text('TOPIC', 'where pictures go (the first of source.topics without wildcards)'),
  patience: number('SECONDS', 'gives up after this time without a new result', { minimum: 0, otherwise: 15 }),
  metrics: text('URL', "the service's /metrics (from http.host and http.port)"),
};

export const verify = defineCommand({
  summary: 'Publishes N pictures through the broker and checks that every one has its result or its dead letter.',
  about: [
    'Compares what the broker acknowledged with results and dead letters, and with the ledger of the service, which must ' +
      'add up. Ends with 0 if nothing is missing and the ledger agrees. Give it the configuration of the service.',
    'With --kill it starts a service of its own: with "-verify" added to the client id, another picture topic and another ' +
      'port, else with the same configuration. That service is killed (SIGKILL) when half of the pictures have their answer, ' +
      'and started again. A service that runs already is not touched.',
    'With --kill-with it is the running service that is killed, by a command of yours; a supervisor, or the command, starts ' +
      'it again.',
  ],
  options: OPTIONS,
  examples: ['verify --kill', 'verify --kill-with "systemctl kill -s KILL flawline"'],
  async run(values, _positionals, io) {
    const command = values['kill-with'];
    if (!values.kill) {
      const disrupt = command === undefined ? {} : { disrupt: () => runShell(command, io) };
      return await check({ config: loadCommandConfig(values, io).config, ...disrupt }, values, io);
    }
    if (command !== undefined) throw new UsageError('verify takes --kill or --kill-with, not both');
    if (values.topic !== undefined)
      throw new UsageError('verify takes --kill or --topic: --kill has a topic of its own');
    const { config, env } = ownConfiguration(values, await freePort(), io);
    const args = values.config === undefined ? [] : ['--config', values.config];
    const service = await startServiceProcess({
      ...{ env, args, config, readyTimeoutMs: READY_TIMEOUT_MS, onExit: io.onExit },
    });
    try {
      return await check({ config, disrupt: () => service.killAndRestart() }, values, io);
    } finally {
      await service.stop();
      if (config.journal.path !== undefined) await rm(config.journal.path, { force: true });
    }
  },
});

type Values = ValuesOf<typeof OPTIONS> & { readonly config: string | undefined };

/** Another session, picture topic, port and journal than those of a service that may be running with this configuration. */
function ownConfiguration(
  values: Values,
  port: number,
  io: CommandIo,
): { readonly config: Config; readonly env: NodeJS.ProcessEnv } {
  const { config: other } = loadCommandConfig(values, { ...io, stderr: () => undefined });
  const clientId = `${other.mqtt.clientId}-verify`;
  const overrides = {
    FLAWLINE_MQTT_CLIENT_ID: clientId,
    FLAWLINE_MQTT_ON_STOP: 'retire', // no session of it stays at the broker
    FLAWLINE_SOURCE_TOPICS: `flawline/${clientId}/pictures`,
    FLAWLINE_HTTP_HOST: '127.0.0.1',
    FLAWLINE_HTTP_PORT: String(port),
    ...(other.journal.path === undefined ? {} : { FLAWLINE_JOURNAL_PATH: `${other.journal.path}.verify` }),
  };
  return { config: loadCommandConfig(values, io, overrides).config, env: { ...io.env, ...overrides } };
}

interface Check {
  readonly config: Config;
  /** Kills the service; called once, in the middle. */
  readonly disrupt?: () => Promise<void>;
}

async function check({ config, disrupt }: Check, values: Values, io: CommandIo): Promise<number> {
  const { count } = values;
  const topic = pictureTopic('verify', config, values.topic);
  if (!config.source.topics.some((filter) => matchesFilter(filter, topic))) {
    throw new UsageError(`--topic takes a topic that source.topics matches: ${JSON.stringify(topic)}`);
  }
  const metricsUrl = values.metrics ?? localUrl(config.http, '/metrics');
  const service = await askReadiness(new URL('readyz', metricsUrl).href, config.mqtt.clientId);
  if (service.status !== 'ready') {
    io.stderr(
      `${service.text}\nNothing was published: a service must be ready there (flawline run), or name another one by --metrics URL.\n`,
    );
    return 1;
  }
  const clients = await connectClients(config, io);
  try {
    const ledger = await watchLedger(metricsUrl);
    // The patience begins when the service is there again, which on a busy machine may take longer than that.
    const disruptAndWait = async (): Promise<void> => {
      await disrupt?.();
      await ledger.ready(AbortSignal.any([io.signal, AbortSignal.timeout(READY_TIMEOUT_MS)]));
    };
    const ended = await roundTrip(
      {
        ...clients,
        config,
        topic,
        count,
        idleTimeoutMs: values.patience * 1000,
        ...(disrupt && { disrupt: disruptAndWait }),
      },
      io,
    );
    const tally = await ledger.end(io.signal);
    const lines = reportOf(ended(), tally, { count, mustHaveRestarted: disrupt !== undefined });
    for (const line of lines.text) io.stdout(`${line}\n`);
    return lines.isPassed ? 0 : 1;
  } finally {
    await clients.end();
  }
}
