/** Which brokers there are: that of the pictures, those of results and that of dead letters. Equal settings are one. */
import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { normaliseBrokerUrl } from '../mqtt/endpoint.js';
import type { BrokerOptions } from '../mqtt/options.js';
import { present } from '../std/defined.js';
import type { Config, RuleSink } from './config.js';
import type { Settled } from './defaults.js';
import type { FormatName, RuleEntry } from './key.js';
import { SCHEMA } from './schema.js';
import { coerceEntry } from './value-kinds.js';

/** How to reach the broker of a section. */
export function brokerOf(
  section: Omit<Settled['sink'], 'topic' | 'qos' | 'order' | 'messageExpirySeconds'>,
): BrokerOptions {
  const { username, password, passwordFile, caFile, certFile, keyFile } = section;
  return {
    url: section.url.map(normaliseBrokerUrl),
    ...present({ username, password, passwordFile, caFile, certFile, keyFile }),
    insecure: section.insecure ?? false,
    allowPlaintextPassword: section.allowPlaintextPassword ?? false,
  };
}

export function deadLetterOf(values: Settled): Config['deadLetter'] {
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
export function sinksOf(values: Settled): readonly RuleSink[] {
  const ofRules = (values.rules ?? []).flatMap(({ sink }) => ownBroker(sink, values) ?? []);
  const { broker: ofDeadLetters, sink } = deadLetterOf(values);
  const brokers = sink === undefined ? ofRules : [...ofRules, ofDeadLetters];
  return [...new Map(brokers.map((broker) => [sinkKey(broker), { key: sinkKey(broker), broker }])).values()];
}

/**
 * The broker of a rule, if it is not that of the section. Without a url it is that broker with other credentials; with one
 * nothing is inherited, as credentials go to nobody that they were not given for.
 */
export function ownBroker(given: RuleEntry['sink'], values: Settled): BrokerOptions | undefined {
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

export function sinkKey(broker: BrokerOptions): string {
  return createHash('sha256').update(JSON.stringify(broker)).digest('hex').slice(0, 8);
}
