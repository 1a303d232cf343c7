/** From the values that were given to the one frozen Config: nulls become absent keys, rules one list. */
import type { ModelEntry, StreamSpec } from '../catalogue/catalogue.js';
import { DEFAULT_ID, DEFAULT_OK, type RuleSpec } from '../domain/rule.js';
import { parseFields, splitList } from '../rules/result-fields.js';
import { defined, present } from '../std/defined.js';
import { brokerOf, deadLetterOf, ownBroker, readSink, sinkKey, sinksOf } from './brokers.js';
import type { Config } from './config.js';
import type { Settled } from './defaults.js';
import type { FormatName, RuleEntry } from './key.js';
import { SCHEMA } from './schema.js';
import { coerceEntry } from './value-kinds.js';

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
    const read = Object.entries(given).map(([name, value]) => [name, coerceEntry(formatOfModelKey(name), value)]);
    return modelOf(id, { ...defaults, ...Object.fromEntries(read) } as Settled['model']);
  });
}

export function formatOfModelKey(name: string): FormatName {
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

function deepFreeze<T extends object>(object: T): T {
  for (const value of Object.values(object)) if (typeof value === 'object' && value !== null) deepFreeze(value);
  return Object.freeze(object);
}
