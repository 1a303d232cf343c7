/** The service as a command: its configuration, its log, and its life until it is told to stop. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '../config/config.js';
import type { ServiceParts } from '../service/context.js';
import type { PrepareOptions } from '../service/prepare.js';
import type { Service } from '../service/service.js';
import { startService } from '../service/startup.js';
import { ServiceError } from '../std/errors.js';
import { keepHeapsSmall, returnLargeBuffers } from '../std/libc.js';
import type { Log, Logger } from '../std/logger.js';
import { aborted } from '../std/promises.js';
import { createLogger } from '../telemetry/logger.js';
import type { CommandIo } from './command.js';
import { loadCommandConfig } from './load.js';
import type { CommonValues } from './options.js';

/** As long as a client waits that is thrown out without a word (`mqtt/takeover-watch.ts`). */
const STAND_ASIDE_MS = 15_000;

/** @throws {ServiceError} ERR_CONFIG */
export function configure(
  values: Pick<CommonValues, 'config'>,
  io: CommandIo,
): { readonly config: Config; readonly logger: Logger; readonly readConfig: () => Config } {
  const { config, notes } = loadCommandConfig(values, io);
  const logger = createLogger({ level: config.log.level, secrets: secretsOf(config) });
  const log = logger.child({ component: 'run' });
  for (const note of notes) log.info({}, note);
  return {
    config,
    logger,
    readConfig() {
      const { config } = loadCommandConfig(values, io);
      logger.hideToo(secretsOf(config)); // before anything can be said of it
      return config;
    },
  };
}

type ServeOptions = Pick<PrepareOptions, 'engine' | 'probe'> &
  Pick<ServiceParts, 'readConfig'> & {
    /** Called when the service has started. */
    readonly afterStart?: () => void;
  };

/**
 * Runs the service until it is told to stop or cannot go on; the exit code.
 * @param given an engine in place of OpenVINO, for tests; a process to try OpenVINO in; what to do beside the started service
 */
export async function serve(
  config: Config,
  logger: Logger,
  io: Pick<CommandIo, 'env' | 'cwd' | 'signal' | 'kill' | 'abandonThreads' | 'onHangup'>,
  { afterStart, ...given }: ServeOptions,
): Promise<number> {
  returnLargeBuffers(io.env);
  keepHeapsSmall();
  const parts = { logger, env: io.env, cwd: io.cwd, random: Math.random, ...given };
  const log = logger.child({ component: 'run' });
  const { readConfig } = given;
  const starting = startService(config, parts);
  // Also while it starts: a supervisor may ask as soon as the process is there.
  const stopListening = io.onHangup(() => {
    if (readConfig !== undefined)
      void starting.then(
        (service) => reload(service, readConfig, log),
        () => undefined,
      );
  });
  const service = await starting.catch(async (error: unknown) => {
    stopListening();
    throw await withOccupant(error, config);
  });
  afterStart?.();
  const failure = await Promise.race([service.failed, aborted(io.signal)]);
  stopListening();
  if (failure?.hangs) io.kill();
  if (failure?.error.code === 'ERR_SESSION_TAKEN') await standAside(io.signal, log);
  const held = await service.stop();
  if (held > 0) {
    const end = failure ? 'ends without them' : 'is killed';
    log.error({ threads: held }, `threads hang in native code: the process ${end}`);
    if (!failure) io.kill();
    io.abandonThreads(); // a supervisor goes by the exit code: where another one has the session it must not start again
  }
  if (failure) throw failure.error;
  return 0;
}

/**
 * Whoever starts the service again would take the session back at once, and the other one likewise: two that a supervisor
 * restarts would do nothing else. Meanwhile /readyz says why.
 */
async function standAside(signal: AbortSignal, log: Log): Promise<void> {
  log.error(
    { waitMs: STAND_ASIDE_MS },
    'another client has the session: the service does nothing any more, and ends in a while',
  );
  await Promise.race([delay(STAND_ASIDE_MS, undefined, { ref: false }), aborted(signal)]);
}

/** Where the port is in use: whether it is flawline that uses it, and which. */
async function withOccupant(error: unknown, { http, mqtt }: Config): Promise<unknown> {
  if (!(error instanceof ServiceError) || error.details['reason'] !== 'EADDRINUSE') return error;
  const { askReadiness, localUrl } = await import('./healthcheck.js');
  const { status, text } = await askReadiness(localUrl(http, '/readyz'), mqtt.clientId);
  const occupant = {
    ready: `flawline runs there already, as ${mqtt.clientId}`,
    'not-ready': `flawline runs there already, as ${mqtt.clientId}`,
    foreign: text.replace('not ready: ', ''),
    unreachable: 'what listens there does not answer',
  };
  const message = `${error.message}: ${occupant[status]}. Stop it, or set http.port (FLAWLINE_HTTP_PORT)`;
  return new ServiceError(error.code, message, { cause: error, details: error.details });
}

/** What SIGHUP asks for. A configuration that is not taken is told, and what runs goes on. */
async function reload(service: Service, readConfig: () => Config, log: Log): Promise<void> {
  try {
    await service.reload(readConfig());
  } catch (err) {
    log.error({ err }, 'the new configuration is not taken: the service goes on as it was');
  }
}

function secretsOf(config: Config): string[] {
  const brokers = [config.mqtt, config.sink, config.deadLetter.broker, ...config.sinks.map(({ broker }) => broker)];
  return [config.http.token, config.rest.token, ...brokers.map(({ password }) => password)].filter(
    (secret) => secret !== undefined,
  );
}
