import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import type { Config } from '../../config/config.js';
import { freePort } from '../../std/loopback.js';
import { matchesFilter } from '../../topics/topic.js';
import { connectBroker } from '../broker-client.js';
import { type CommandIo, defineCommand } from '../command.js';
import { askReadiness, localUrl } from '../healthcheck.js';
import { loadCommandConfig } from '../load.js';
import { flag, number, text, UsageError, type ValuesOf } from '../options.js';
import { pictureTopic } from '../pictures.js';
import { type LedgerTally, watchLedger } from './ledger.js';
import { type RoundTrip, roundTrip } from './round-trip.js';
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
  const clientIdFor = (role: string) => `${config.mqtt.clientId}-${role}-${randomUUID().slice(0, 8)}`;
  const publisher = await connectBroker(config, 'mqtt', { clientId: clientIdFor('verify') });
  const { client: collector } = await connectBroker(config, 'sink', { clientId: clientIdFor('verified') });
  const letters =
    config.deadLetter.sink === undefined
      ? collector
      : (await connectBroker(config, 'deadLetter', { clientId: clientIdFor('letters') })).client;
  try {
    const ledger = await watchLedger(metricsUrl);
    const trip = await roundTrip(
      {
        publisher,
        collector,
        letters,
        config,
        topic,
        count,
        idleTimeoutMs: values.patience * 1000,
        ...(disrupt && { disrupt }),
      },
      io,
    );
    const lines = reportOf(trip, await ledger.end(io.signal), { count, mustHaveRestarted: disrupt !== undefined });
    for (const line of lines.text) io.stdout(`${line}\n`);
    return lines.isPassed ? 0 : 1;
  } finally {
    // By force, as a broker that is away or frozen would not let them go; what it owes was waited for.
    await Promise.all([...new Set([publisher.client, collector, letters])].map((each) => each.endAsync(true)));
  }
}

/** What the counts must be for the round trip and the ledger of the service to agree. */
interface Expected {
  readonly count: number;
  readonly mustHaveRestarted: boolean;
}

interface Report {
  readonly isPassed: boolean;
  readonly text: readonly string[];
}

/**
 * A picture is called lost only when the service has received all, has nothing in work, and its ledger adds up: until then a
 * picture without an answer may still wait in the session at the broker.
 */
export function reportOf(trip: RoundTrip, ledger: LedgerTally, { count, mustHaveRestarted }: Expected): Report {
  const { acknowledged, answered, results, deadLetters, duplicates, isInterrupted } = trip;
  const missing = [...acknowledged].filter((id) => !answered.has(id)).length;
  const unanswered = Math.max(0, missing - ledger.filtered);
  const fault = faultOf(ledger, acknowledged.size);
  const isSettled = !isInterrupted && (unanswered === 0 || fault === undefined);
  const remarks: string[] = [];
  if (isInterrupted) remarks.push(`Interrupted: ${unanswered} of ${acknowledged.size} unanswered so far.`);
  else if (!isSettled) remarks.push('Unanswered pictures may still wait at the broker: they are not known to be lost.');
  const isDisrupted = !mustHaveRestarted || ledger.restarts > 0;
  if (!isDisrupted && !isInterrupted) remarks.push('The service was not killed: give more pictures (--count).');
  const isWhole = acknowledged.size === count;
  if (!isWhole) remarks.push(`The broker took ${acknowledged.size} pictures of ${count}.`);
  return {
    isPassed: unanswered === 0 && fault === undefined && isDisrupted && isWhole && !isInterrupted,
    text: [
      `published      ${acknowledged.size}`,
      `results        ${results}`,
      `filtered       ${ledger.filtered}`,
      `dead letters   ${deadLetters}`,
      `duplicates     ${duplicates}`,
      `restarts       ${ledger.restarts}`,
      isSettled ? `lost           ${unanswered}` : `unanswered     ${unanswered}`,
      `ledger         ${fault ?? 'adds up'}`,
      ...remarks,
    ],
  };
}

/** Why the ledger cannot settle the matter, or what is wrong with it; undefined when it agrees. */
function faultOf({ last, received, restarts }: LedgerTally, published: number): string | undefined {
  if (last === undefined) return 'not reachable';
  if (!last.isBalanced) return `does not add up: ${last.text}`;
  if (last.inFlight !== 0) return `still at work: ${last.text}`;
  if (restarts === 0 && received < published) return `does not agree: ${received} received of ${published} published`;
  return undefined;
}
