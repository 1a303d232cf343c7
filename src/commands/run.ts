import type { Config } from '../config/config.js';
import type { EngineChoice } from '../inference/engine.js';
import { createLogger, type Logger } from '../observe/logger.js';
import { keepHeapsSmall, returnLargeBuffers } from '../service/allocator.js';
import { startService } from '../service/service.js';
import type { Command, CommandIo } from './command.js';
import { loadCommandConfig } from './load.js';

export const run: Command = {
  usage: '[--config FILE]',
  summary: 'Runs the service until SIGTERM or SIGINT.',
  about:
    'Subscribes to source.topics, inspects every picture, publishes what the rules let through. A second signal ends it at once.',
  options: {},
  optionHelp: [],
  acceptsPositionals: false,
  async run(values, _positionals, io) {
    returnLargeBuffers(io.env);
    const { config, notes } = loadCommandConfig(values, io);
    const logger = createLogger({ level: config.log.level, secrets: secretsOf(config) });
    const log = logger.child('run');
    for (const note of notes) log.info({}, note);
    return await serve(config, logger, io);
  },
};

/**
 * Runs the service until it is told to stop or cannot go on; the exit code.
 * @param engine in place of OpenVINO, for tests
 */
export async function serve(
  config: Config,
  logger: Logger,
  io: Pick<CommandIo, 'env' | 'cwd' | 'signal' | 'kill'>,
  engine?: EngineChoice,
): Promise<number> {
  keepHeapsSmall();
  const service = await startService(config, {
    logger,
    env: io.env,
    cwd: io.cwd,
    random: Math.random,
    ...(engine === undefined ? {} : { engine }),
  });
  const failure = await Promise.race([service.failed, aborted(io.signal)]);
  if (failure?.hangs) io.kill();
  const held = await service.stop();
  if (held > 0) {
    logger.child('run').error({ threads: held }, 'threads hang in native code: the process is killed');
    io.kill();
  }
  if (failure) throw failure.error;
  return 0;
}

export function secretsOf(config: Config): string[] {
  return [config.mqtt.password, config.sink.password, config.http.token].filter((secret) => secret !== undefined);
}

function aborted(signal: AbortSignal): Promise<undefined> {
  if (signal.aborted) return Promise.resolve(undefined);
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(undefined), { once: true }));
}
