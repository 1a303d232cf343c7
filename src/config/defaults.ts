/** Defaults that depend on other values, or on the machine. */
import type { Config } from './config.js';
import type { Settings } from './schema.js';

/** What of the machine enters the defaults. */
export interface Machine {
  /** Cores that this process may use (`os.availableParallelism()`). */
  readonly cores: number;
  readonly hostname: string;
}

/** Settings in which everything that has a default has a value. */
export type Settled = Settings & {
  readonly mqtt: { readonly receiveMaximum: number };
  readonly sink: {
    readonly url: readonly string[];
    readonly insecure: boolean;
    readonly allowPlaintextPassword: boolean;
  };
  readonly deadLetter: { readonly topic: string };
  readonly workers: Config['workers'];
  readonly limits: { readonly inFlight: number };
  readonly http: { readonly allowedHosts: readonly string[] };
};

/** Keys that ask for a stream, a model or a rule. */
const ASKS_FOR_OBJECTS = /^(source|streams|rule|rules|sink|model|models)(\.|$)/;

/** With REST and none of these keys there is no stream, model or rule but those that REST makes. */
export function withoutDefaultObjects(settings: Settings, given: Iterable<string>): Settings {
  if (!settings.rest.enabled || [...given].some((key) => ASKS_FOR_OBJECTS.test(key))) return settings;
  return { ...settings, streams: [], models: [], rules: [] };
}

/** Fills in the defaults that depend on other values or on the machine. */
export function deriveDefaults(settings: Settings, machine: Machine): Settled {
  const { mqtt, sink, workers } = settings;
  const isSmall = workers.profile === 'small';
  const streams = workers.streams ?? (isSmall ? 1 : machine.cores);
  const count = workers.count ?? streams + 1;
  const hasOwnPassword = sink.password !== null || sink.passwordFile !== null;
  return {
    ...settings,
    mqtt: { ...mqtt, receiveMaximum: mqtt.receiveMaximum ?? count * 2 },
    sink: {
      ...sink,
      url: sink.url ?? mqtt.url,
      username: sink.username ?? mqtt.username,
      // A password and its file are one thing given in two ways: they are inherited together or not at all.
      password: hasOwnPassword ? sink.password : mqtt.password,
      passwordFile: hasOwnPassword ? sink.passwordFile : mqtt.passwordFile,
      caFile: sink.caFile ?? mqtt.caFile,
      certFile: sink.certFile ?? mqtt.certFile,
      keyFile: sink.keyFile ?? mqtt.keyFile,
      insecure: sink.insecure ?? mqtt.insecure,
      allowPlaintextPassword: sink.allowPlaintextPassword ?? mqtt.allowPlaintextPassword,
    },
    deadLetter: {
      ...settings.deadLetter,
      topic: settings.deadLetter.topic ?? `flawline/${mqtt.clientId}/dead-letter`,
    },
    workers: {
      ...workers,
      streams,
      count,
      wide: workers.wide ?? !isSmall,
      pinning: workers.pinning ?? streams >= machine.cores,
    },
    limits: { ...settings.limits, inFlight: settings.limits.inFlight ?? count * 4 },
    http: {
      ...settings.http,
      allowedHosts: settings.http.allowedHosts ?? [...new Set(['localhost', '127.0.0.1', '[::1]', machine.hostname])],
    },
  };
}
