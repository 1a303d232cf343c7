/** What most commands begin with: the configuration, with its remarks told. */
import { availableParallelism, hostname } from 'node:os';
import type { Config } from '../config/config.js';
import { type LoadedConfig, loadConfig } from '../config/load.js';
import { defined } from '../std/defined.js';
import type { CommandIo } from './command.js';
import { type CommonValues, text, UsageError } from './options.js';

/** Of commands that look at one model. */
export const MODEL_OPTION = text('ID', 'one of models, where there are several (the first)');

/** @param overrides environment variables that win over everything: what the command itself decides */
export function loadCommandConfig(
  { config: file }: Pick<CommonValues, 'config'>,
  io: CommandIo,
  overrides: Readonly<Record<string, string>> = {},
): LoadedConfig {
  const loaded = loadConfig({
    env: { ...io.env, ...overrides },
    cwd: io.cwd,
    cores: availableParallelism(),
    hostname: hostname(),
    ...defined({ file }),
  });
  for (const warning of loaded.warnings) io.stderr(`warning: ${warning}\n`);
  return loaded;
}

/**
 * The configuration with one of its models alone, so that no other is looked for.
 * @param id absent: the first one, which is told where there are others
 * @throws {UsageError} where there is no such model, with those that there are
 */
export function withOneModel(config: Config, id: string | undefined, io: Pick<CommandIo, 'stderr'>): Config {
  const ids = config.models.map((model) => model.id);
  const model = id === undefined ? config.models[0] : config.models.find((each) => each.id === id);
  if (model === undefined) {
    throw new UsageError(
      ids.length === 0
        ? 'The configuration has no model'
        : `--model takes ${ids.join(' or ')}: ${JSON.stringify(id ?? '')}`,
    );
  }
  if (id === undefined && ids.length > 1) io.stderr(`model ${model.id}, the first of ${ids.join(', ')} (--model ID)\n`);
  return { ...config, models: [model], rules: config.rules.filter((rule) => rule.model === model.id) };
}

interface DemoOptions {
  readonly brokerUrl: string;
  readonly httpPort: string | undefined;
  /** `--config FILE`. */
  readonly file: string | undefined;
}

/**
 * Defaults, an embedded broker that speaks 3.1.1, and results that say enough for a table. Of the environment and a file
 * that is named it takes where OpenVINO is and how it is called, as without that nothing would run.
 */
export function loadDemoConfig({ brokerUrl, httpPort, file }: DemoOptions, io: CommandIo): Config {
  const env = {
    ...runtimeVariables(file, io),
    FLAWLINE_MQTT_URL: brokerUrl,
    FLAWLINE_MQTT_PROTOCOL_VERSION: '4',
    FLAWLINE_RESULT_FIELDS: 'origin,afterProcess,defect,area,score,inference time',
    FLAWLINE_RESULT_COPY_FIELDS: 'name',
    ...defined({ FLAWLINE_HTTP_PORT: httpPort }),
  };
  return loadConfig({ env, cwd: io.cwd, cores: availableParallelism(), hostname: hostname(), useDefaultFile: false })
    .config;
}

function runtimeVariables(file: string | undefined, io: CommandIo): Record<string, string> {
  const isNamed = file !== undefined || (io.env['FLAWLINE_CONFIG'] ?? '') !== '';
  const names = ['FLAWLINE_ENGINE', 'FLAWLINE_OPENVINO_DIR', 'FLAWLINE_LIMITS_START_TIMEOUT_FACTOR'];
  if (!isNamed) return defined(Object.fromEntries(names.map((name) => [name, io.env[name]]))) as Record<string, string>;
  const { engine, openvino, limits } = loadCommandConfig({ config: file }, io).config;
  return {
    FLAWLINE_ENGINE: engine,
    FLAWLINE_LIMITS_START_TIMEOUT_FACTOR: String(limits.startTimeoutFactor),
    ...defined({ FLAWLINE_OPENVINO_DIR: openvino.dir }),
  };
}
