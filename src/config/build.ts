/**
 * From the values that were given to the one frozen Config: defaults are derived, nulls become absent keys, rules one
 * list.
 */
import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { ModelEntry, StreamSpec } from '../catalogue/catalogue.js';
import { DEFAULT_ID, DEFAULT_OK, type RuleSpec } from '../domain/rule.js';
import { normaliseBrokerUrl } from '../mqtt/endpoint.js';
import type { BrokerOptions } from '../mqtt/options.js';
import { parseFields, splitList } from '../rules/result-fields.js';
import { defined } from '../std/defined.js';
import type { Config, RuleSink } from './config.js';
import type { FormatName, RuleEntry } from './key.js';
import { SCHEMA, type Settings } from './schema.js';
import { coerceEntry } from './value-kinds.js';

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
  const streams = workers.streams ?? machine.cores;
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
    workers: { ...workers, streams, count, pinning: workers.pinning ?? streams >= machine.cores },
    limits: { ...settings.limits, inFlight: settings.limits.inFlight ?? count * 4 },
    http: {
      ...settings.http,
      allowedHosts: settings.http.allowedHosts ?? [...new Set(['localhost', '127.0.0.1', '[::1]', machine.hostname])],
    },
  };
}

export function buildConfig(values: Settled): Config {
  const { mqtt, sink, source, result, openvino, http, rest, catalogue, journal, keep } = values;
  return deepFreeze({
    mqtt: {
      ...brokerOf(mqtt),
      clientId: mqtt.clientId,
      protocolVersion: mqtt.protocolVersion,
      keepaliveSeconds: mqtt.keepaliveSeconds,
      sessionExpirySeconds: mqtt.sessionExpirySeconds,
      receiveMaximum: mqtt.receiveMaximum,
      onStop: mqtt.onStop,
    },
    source: { ...present(source), topics: streamsOf(values).flatMap(({ topics }) => topics) },
    streams: streamsOf(values),
    payload: values.payload,
    sink: {
      ...brokerOf(sink),
      topic: sink.topic,
      qos: sink.qos,
      order: sink.order,
      ...present({ messageExpirySeconds: sink.messageExpirySeconds }),
    },
    deadLetter: deadLetterOf(values),
    keep: { maxBytes: keep.maxBytes, days: keep.days, ...present({ path: keep.path }) },
    rules: rulesOf(values),
    sinks: sinksOf(values),
    result: {
      fields: parseFields(result.fields),
      copyFields: result.copyFields ?? [],
      render: result.render,
      encoding: result.encoding,
      reply: result.reply,
    },
    reply: values.reply,
    requests: values.requests,
    state: values.state,
    health: values.health,
    models: modelsOf(values),
    engine: values.engine,
    openvino: present(openvino),
    workers: values.workers,
    limits: values.limits,
    http: {
      host: http.host,
      port: http.port,
      allowedHosts: http.allowedHosts,
      inspect: http.inspect,
      ...present({ token: http.token }),
    },
    rest: {
      enabled: rest.enabled,
      host: rest.host,
      port: rest.port,
      files: rest.files ?? [],
      ...present({ token: rest.token }),
    },
    shutdown: values.shutdown,
    cameras: values.cameras,
    catalogue: present(catalogue),
    journal: present(journal),
    log: values.log,
  });
}

function brokerOf(section: Omit<Settled['sink'], 'topic' | 'qos' | 'order' | 'messageExpirySeconds'>): BrokerOptions {
  const { username, password, passwordFile, caFile, certFile, keyFile } = section;
  return {
    url: section.url.map(normaliseBrokerUrl),
    ...present({ username, password, passwordFile, caFile, certFile, keyFile }),
    insecure: section.insecure ?? false,
    allowPlaintextPassword: section.allowPlaintextPassword ?? false,
  };
}

/** source.topics make up the stream "default" when `streams` is not given. */
export function streamsOf({ streams, source }: Settled): readonly StreamSpec[] {
  if (streams === null) return [{ id: DEFAULT_ID, topics: source.topics }];
  return streams.map(({ id, topics }) => ({ id, topics: typeof topics === 'string' ? splitList(topics) : topics }));
}

/** The section `model` makes up the model "default" when `models` is not given. */
function modelsOf({ model, models }: Settled): readonly ModelEntry[] {
  if (models === null) return [modelOf(DEFAULT_ID, model)];
  const defaults = Object.fromEntries(Object.entries(SCHEMA.model).map(([name, spec]) => [name, spec.default]));
  return models.map(({ id, ...given }) => {
    const read = Object.entries(given).map(([name, value]) => [name, coerceEntry(formatOf(name), value)]);
    return modelOf(id, { ...defaults, ...Object.fromEntries(read) } as Settled['model']);
  });
}

function formatOf(name: string): FormatName {
  const specs: Readonly<Record<string, { readonly format: FormatName }>> = SCHEMA.model;
  return specs[name]?.format ?? 'text';
}

function modelOf(id: string, section: Settled['model']): ModelEntry {
  const { path, device, precision, selfTestIntervalSeconds, ...settings } = section;
  return { id, device, precision, selfTestIntervalSeconds, ...present({ path }), settings: present(settings) };
}

/** rule.where, sink.topic and result.fields make up the rule "default" when `rules` is not given. */
export function rulesOf(values: Settled): readonly RuleSpec[] {
  return values.rules === null ? [defaultRule(values)] : values.rules.map((entry) => ruleOf(entry, values));
}

function defaultRule(values: Settled): RuleSpec {
  const { rule, sink, result } = values;
  const fields = parseFields(result.fields);
  const own = { id: DEFAULT_ID, where: rule.where, ...okOf(rule), topic: sink.topic, fields, render: result.render };
  return { ...only(values), ...own, ...keepOf(values) };
}

/** A rule that says something of keeping says all of it. */
function keepOf({ keep }: Settled, given?: RuleEntry['keep']): Pick<RuleSpec, 'keep'> {
  if (keep.path === null) return {};
  const { where, share } = given ?? keep;
  return { keep: { share: Number(coerceEntry('fraction', share ?? 0)), ...defined({ where: where ?? undefined }) } };
}

/** The stream and the model of a rule that does not say: the first ones, which are the only ones then. */
function only(values: Settled): { readonly stream: string; readonly model: string } {
  return { stream: values.streams?.[0]?.id ?? DEFAULT_ID, model: values.models?.[0]?.id ?? DEFAULT_ID };
}

/** The default is left out: it needs no CEL. */
function okOf({ ok }: { readonly ok: string | undefined }): Pick<RuleSpec, 'ok'> {
  return ok === undefined || ok === DEFAULT_OK ? {} : { ok };
}

/** A rule of the list; what it leaves out is the default of the key that `rules` replaces. */
function ruleOf(entry: RuleEntry, values: Settled): RuleSpec {
  const { id, stream, model, where, ok, topic, fields, render, sink } = entry;
  const { result } = values;
  const own = readSink(sink ?? {});
  const broker = ownBroker(sink, values);
  const entries = typeof fields === 'string' ? splitList(fields) : fields;
  return {
    ...keepOf(values, entry.keep),
    ...only(values),
    ...defined({ stream, model }),
    id,
    where,
    ...okOf({ ok }),
    topic: topic ?? own.topic ?? SCHEMA.sink.topic.default,
    ...defined({ sink: broker && sinkKey(broker), qos: own.qos, expirySeconds: own.messageExpirySeconds ?? undefined }),
    fields: parseFields(entries ?? SCHEMA.result.fields.default),
    render: render ?? result.render,
  };
}

function deadLetterOf(values: Settled): Config['deadLetter'] {
  const { topic, maxPayloadBytes, keep } = values.deadLetter;
  const broker = deadLetterBroker(values);
  const isOfSection = isDeepStrictEqual(broker, brokerOf(values.sink));
  return { broker, ...(isOfSection ? {} : { sink: sinkKey(broker) }), topic, maxPayloadBytes, keep };
}

/**
 * The broker of the pictures: where that is the one of the section `sink`, too, by the connection that results have. Without a
 * url it is that broker with other credentials; with one nothing is inherited.
 */
function deadLetterBroker({ deadLetter, mqtt, sink }: Settled): BrokerOptions {
  const { topic: _topic, maxPayloadBytes: _bytes, keep: _keep, ...given } = deadLetter;
  const own = present(given);
  const section = isDeepStrictEqual(sink.url, mqtt.url) ? sink : mqtt;
  if (Object.keys(own).length === 0) return brokerOf(section);
  if (own.url !== undefined) return brokerOf({ ...NO_BROKER, ...own, url: own.url });
  const hasOwnPassword = own.password !== undefined || own.passwordFile !== undefined;
  return brokerOf({ ...section, ...(hasOwnPassword ? { password: null, passwordFile: null } : {}), ...own });
}

/** The sinks of rules, and of dead letters, that differ from the section `sink`, each once. */
function sinksOf(values: Settled): readonly RuleSink[] {
  const ofRules = (values.rules ?? []).flatMap(({ sink }) => ownBroker(sink, values) ?? []);
  const { broker: ofDeadLetters, sink } = deadLetterOf(values);
  const brokers = sink === undefined ? ofRules : [...ofRules, ofDeadLetters];
  return [...new Map(brokers.map((broker) => [sinkKey(broker), { key: sinkKey(broker), broker }])).values()];
}

/**
 * The broker of a rule, if it is not that of the section. Without a url it is that broker with other credentials; with one
 * nothing is inherited, as credentials go to nobody that they were not given for.
 */
function ownBroker(given: RuleEntry['sink'], values: Settled): BrokerOptions | undefined {
  if (given === undefined) return undefined;
  const section = brokerOf(values.sink);
  const base = given['url'] === undefined ? values.sink : { ...NO_BROKER, url: values.sink.url };
  const broker = brokerOf({ ...base, ...readSink(given) });
  return isDeepStrictEqual(broker, section) ? undefined : broker;
}

const NO_BROKER = {
  username: null,
  password: null,
  passwordFile: null,
  caFile: null,
  certFile: null,
  keyFile: null,
  insecure: false,
  allowPlaintextPassword: false,
};

/** Values of the keys that a rule gives for its sink. */
export function readSink(given: Readonly<Record<string, unknown>>): Partial<Settled['sink']> {
  const formats: Readonly<Record<string, { readonly format: FormatName }>> = SCHEMA.sink;
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name, coerceEntry(formats[name]?.format ?? 'text', value)]),
  );
}

function sinkKey(broker: BrokerOptions): string {
  return createHash('sha256').update(JSON.stringify(broker)).digest('hex').slice(0, 8);
}

type Present<T> = { [K in keyof T as null extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as null extends T[K] ? K : never]?: NonNullable<T[K]>;
};

/** The same object without the keys that are null. */
function present<T extends object>(object: T): Present<T> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null)) as Present<T>;
}

function deepFreeze<T extends object>(object: T): T {
  for (const value of Object.values(object)) if (typeof value === 'object' && value !== null) deepFreeze(value);
  return Object.freeze(object);
}
