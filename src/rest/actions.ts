/** The actions of a rule: what eKuiper's users write → what is done with each row, and the brokers that it goes to. */
import { createHash } from 'node:crypto';
import { accessSync, constants } from 'node:fs';
import { resolve } from 'node:path';
import type { RuleSink } from '../config/config.js';
import type { PublishRow, RowAction } from '../domain/rule.js';
import { brokerUrlFault, isPlaintextRemote, normaliseBrokerUrl } from '../mqtt/endpoint.js';
import type { BrokerOptions } from '../mqtt/options.js';
import { isMapping, type Mapping } from '../std/checks.js';
import { defined } from '../std/defined.js';
import { rowTopicFault } from '../topics/row-topic.js';
import { CODE, RestError } from './rest-error.js';

export interface ReadAction {
  readonly action: RowAction;
  /** Of an action that publishes. */
  readonly sink?: RuleSink;
}

/** What stands in place of a password that is kept. */
export const HIDDEN = '******';

/** eKuiper has a buffer before a sink and a cache behind it; here a picture stays at the broker until its result is taken. */
const WITHOUT_MEANING = [
  ...[
    'bufferLength',
    'concurrency',
    'runAsync',
    'enableCache',
    'memoryCacheThreshold',
    'maxDiskCache',
    'bufferPageSize',
  ],
  ...['resendInterval', 'resendAlterQueue', 'resendPriority', 'resendIndicatorField', 'cleanCacheAtStop'],
  ...['retryInterval', 'retryCount', 'cacheLength', 'cacheSaveInterval', 'format'],
];

const VERSIONS: ReadonlyMap<unknown, 4 | 5> = new Map<unknown, 4 | 5>([
  ['3.1.1', 4],
  ['4', 4],
  [4, 4],
  ['5', 5],
  ['5.0', 5],
  [5, 5],
]);

/** @throws {RestError} in eKuiper's words where it has any; for what has no counterpart here with its name */
export function readAction(given: unknown, cwd: string): ReadAction {
  const entries = isMapping(given) ? Object.entries(given) : [];
  const [entry] = entries;
  if (entry === undefined || entries.length > 1)
    throw refusal('an action must be one sink by its name, as {"mqtt": {…}}');
  const [name, options] = entry;
  const props = isMapping(options) ? options : {};
  if (name === 'log' || name === 'nop') {
    return { action: { kind: name } };
  }
  if (name === 'mqtt') return readMqtt(props, cwd);
  throw refusal(
    SINKS.has(name) ? `sink ${name} is not supported here: only mqtt, log and nop are` : `sink ${name} is not defined`,
  );
}

/** Those of eKuiper. */
const SINKS = new Set(
  'rest redis redisSub neuron memory file sql kafka influx influx2 tdengine tdengine3 image websocket simulator video edgex zmq'.split(
    ' ',
  ),
);

function readMqtt(props: Mapping, cwd: string): ReadAction {
  const reader = createReader(props);
  const topic = reader.text('topic');
  if (topic === undefined) throw refusal('mqtt sink is missing property topic');
  const server = reader.text('server');
  if (server === undefined) throw refusal('missing server property');
  if (/[#+]/.test(topic)) throw refusal("mqtt sink topic shouldn't contain # or +");
  const topicFault = rowTopicFault(topic);
  if (topicFault !== undefined) throw refusal(`mqtt sink topic ${topicFault}: ${topic}`);
  const protocolVersion = reader.oneOf('protocolVersion', VERSIONS);
  const clientId = reader.text('clientId') ?? reader.text('clientid');
  const broker = readBroker(server, reader, cwd);
  const qos =
    reader.oneOf(
      'qos',
      new Map<unknown, 0 | 1>([
        [0, 0],
        [1, 1],
        ['0', 0],
        ['1', 1],
      ]),
    ) ?? 1;
  const sinkOptions = { broker, ...defined({ clientId, protocolVersion }) };
  const key = createHash('sha256').update(JSON.stringify(sinkOptions)).digest('hex').slice(0, 8);
  const fields = reader.texts('fields');
  const excludeFields = reader.texts('excludeFields');
  if (fields !== undefined && excludeFields !== undefined) throw refusal('field and excludeFields cannot both be set');
  const action: PublishRow = {
    kind: 'mqtt',
    sink: key,
    topic,
    qos,
    retain: reader.flag('retained') ?? false,
    sendSingle: reader.flag('sendSingle') ?? false,
    omitIfEmpty: reader.flag('omitIfEmpty') ?? false,
    ...defined({ dataField: reader.text('dataField'), fields, excludeFields }),
  };
  reader.finish();
  return { action, sink: { key, ...sinkOptions } };
}

function readBroker(server: string, reader: Reader, cwd: string): BrokerOptions {
  const fault = brokerUrlFault(server);
  if (fault !== undefined) throw refusal(`mqtt sink server ${fault}`);
  const url = normaliseBrokerUrl(server);
  const password = reader.text('password');
  if (password === HIDDEN)
    throw refusal('mqtt sink password must be given anew: what was read stands for a hidden one');
  const allowPlaintextPassword = reader.flag('allowPlaintextPassword') ?? false;
  if (password !== undefined && !allowPlaintextPassword && isPlaintextRemote(url)) {
    throw refusal(
      'mqtt sink server must be ssl:// or wss://, or allowPlaintextPassword be true, as a password goes to another machine',
    );
  }
  const files = {
    caFile: readableFile(reader, 'rootCaPath', cwd),
    certFile: readableFile(reader, 'certificationPath', cwd),
    keyFile: readableFile(reader, 'privateKeyPath', cwd),
  };
  if ((files.certFile === undefined) !== (files.keyFile === undefined)) {
    throw refusal('mqtt sink certificationPath and privateKeyPath belong together');
  }
  return {
    url: [url],
    insecure: reader.flag('insecureSkipVerify') ?? false,
    allowPlaintextPassword,
    ...defined({ username: reader.text('username'), password, ...files }),
  };
}

function readableFile(reader: Reader, name: string, cwd: string): string | undefined {
  const given = reader.text(name);
  if (given === undefined) return undefined;
  const path = resolve(cwd, given);
  try {
    accessSync(path, constants.R_OK);
    return path;
  } catch {
    throw refusal(`mqtt sink ${name} must be a readable file: ${given}`);
  }
}

type Reader = ReturnType<typeof createReader>;

/** Reads each property once; what nobody asked for is refused by its name. */
function createReader(props: Mapping) {
  const known = new Set<string>(WITHOUT_MEANING);
  const given = (name: string): unknown => {
    known.add(name);
    return props[name] ?? undefined;
  };
  function typed<T>(name: string, isRight: (value: unknown) => value is T, what: string): T | undefined {
    const value = given(name);
    if (value === undefined || value === '') return undefined;
    if (!isRight(value)) throw refusal(`mqtt sink ${name} must be ${what}`);
    return value;
  }
  return {
    text: (name: string) => typed(name, (value) => typeof value === 'string', 'a text'),
    flag: (name: string) => typed(name, (value) => typeof value === 'boolean', 'true or false'),
    texts(name: string): readonly string[] | undefined {
      const list = typed(name, isTexts, 'a list of texts');
      return list?.length === 0 ? undefined : list;
    },
    oneOf<T>(name: string, choices: ReadonlyMap<unknown, T>): T | undefined {
      const value = given(name);
      if (value === undefined) return undefined;
      const choice = choices.get(value);
      if (choice !== undefined) return choice;
      throw refusal(
        `mqtt sink ${name} must be one of ${[...choices.keys()].filter((key) => typeof key === 'string').join(', ')}`,
      );
    },
    finish(): void {
      const format = props['format'];
      if (format !== undefined && format !== 'json') throw refusal('mqtt sink property format must be json');
      const other = Object.keys(props).find((name) => !known.has(name));
      if (other !== undefined) throw refusal(`mqtt sink property ${other} is not supported here`);
    },
  };
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

function refusal(message: string): RestError {
  return new RestError(CODE.executor, message);
}
