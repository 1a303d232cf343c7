/** The service in this process, on a real broker and real threads; the engine is the fake unless another one is given. */
import { join } from 'node:path';
import type { Config } from '../../../src/config/config.js';
import { loadConfig } from '../../../src/config/load.js';
import type { EngineChoice } from '../../../src/engine/engine.js';
import type { Service } from '../../../src/service/service.js';
import { startService } from '../../../src/service/startup.js';
import { createLogger } from '../../../src/telemetry/logger.js';
import { fakeEngine } from '../engine/fake-engine.js';
import { modelWithoutSelfTest, TEST_MODEL } from '../engine/test-model.js';
import { until } from '../until.js';
import { createConfigFolder } from './config-folder.js';
import { parseMetrics } from './metrics-text.js';

export interface TestService extends AsyncDisposable {
  readonly service: Service;
  /** Lines of the log so far. */
  readonly log: readonly string[];
  /** Value of a metric by its name with labels as exposed, for instance `flawline_ready`. */
  metric(name: string): Promise<number>;
  stop(): Promise<number>;
}

export interface TestServiceOptions {
  readonly brokerUrl: string;
  /** FLAWLINE_ variables. */
  readonly env?: Readonly<Record<string, string>>;
  readonly engine?: EngineChoice;
  /** Text of a configuration file. With `models` in it the variable of model.path is to be ''. */
  readonly file?: string;
  /** What `POST /reload` takes; absent: there is none. */
  readonly readConfig?: () => Config;
  /** False: returns although the broker may not be connected yet. */
  readonly waitUntilReady?: boolean;
}

export async function startTestService(options: TestServiceOptions): Promise<TestService> {
  const model = options.engine?.name === 'openvino-capi' ? TEST_MODEL : await modelWithoutSelfTest();
  const env = {
    FLAWLINE_MQTT_URL: options.brokerUrl,
    FLAWLINE_HTTP_PORT: '0',
    FLAWLINE_MODEL_PATH: model,
    FLAWLINE_WORKERS_STREAMS: '1',
    ...options.env,
  };
  using folder = createConfigFolder(options.file === undefined ? {} : { 'flawline.yaml': options.file });
  const file = options.file === undefined ? {} : { file: join(folder.path, 'flawline.yaml') };
  const { config } = loadConfig({ env, cwd: '/', cores: 2, hostname: 'test', useDefaultFile: false, ...file });
  const log: string[] = [];
  const logger = createLogger({ level: 'debug', secrets: [], destination: { write: (line) => void log.push(line) } });
  const service = await startService(config, {
    logger,
    env: {},
    cwd: '/',
    random: Math.random,
    engine: options.engine ?? fakeEngine(),
    ...(options.readConfig && { readConfig: options.readConfig }),
  });
  let stopped: Promise<number> | undefined;
  const stop = () => {
    stopped ??= service.stop();
    return stopped;
  };
  if (options.waitUntilReady !== false) await until('the service is ready', () => service.readiness().ready);
  return {
    service,
    log,
    stop,
    async metric(name) {
      const text = await (await fetch(new URL('metrics', service.http.url))).text();
      const value = parseMetrics(text).get(name);
      if (value === undefined) throw new Error(`there is no metric ${name}`);
      return value;
    },
    async [Symbol.asyncDispose]() {
      await stop();
    },
  };
}
