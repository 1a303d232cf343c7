/** What most commands begin with: the configuration, with its remarks told. */
import { availableParallelism, hostname } from 'node:os';
import type { Config } from '../config/config.js';
import { type LoadedConfig, loadConfig } from '../config/load.js';
import { defined } from '../std/defined.js';
import type { CommandIo } from './command.js';
import type { CommonValues } from './options.js';

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
