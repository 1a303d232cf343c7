/** The source and the sink with recording parts around them, for tests against a broker. */

import type { Delivery, OutgoingMessage } from '../../../src/domain/delivery.js';
import type { Log, MqttObserver } from '../../../src/mqtt/observer.js';
import type { BrokerOptions, MqttOptions } from '../../../src/mqtt/options.js';
import { createSink, type SinkParts } from '../../../src/mqtt/sink.js';
import { createSource, type SourceOptions, type SourceState } from '../../../src/mqtt/source.js';
import type { Source } from '../../../src/pipeline/ports.js';
import type { ServiceError } from '../../../src/std/errors.js';
import { until } from '../until.js';

/** Names of what was reported, in order: `received 0`, `paused true`, `connected source true` … */
export interface RecordingObserver extends MqttObserver {
  readonly events: readonly string[];
  count(event: string): number;
}

export function recordingObserver(): RecordingObserver {
  const events: string[] = [];
  return {
    events,
    count: (event) => events.filter((each) => each === event).length,
    onReceived: (stream) => void events.push(`received ${stream}`),
    onRedelivered: () => void events.push('redelivered'),
    onCopied: () => void events.push('copied'),
    onSessionLost: () => void events.push('session lost'),
    onDropped: (reason) => void events.push(`dropped ${reason}`),
    onPaused: (isPaused) => void events.push(`paused ${isPaused}`),
    onConnected: (role, isConnected) => void events.push(`connected ${role} ${isConnected}`),
    onReconnected: (role) => void events.push(`reconnected ${role}`),
    onPublishRetried: () => void events.push('publish retried'),
  };
}

interface RecordingLog extends Log {
  readonly lines: readonly string[];
}

function recordingLog(): RecordingLog {
  const lines: string[] = [];
  const at = (level: string) => (_fields: unknown, message: string) => void lines.push(`${level}: ${message}`);
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

export interface TestSource extends AsyncDisposable {
  readonly source: Source;
  readonly observer: RecordingObserver;
  readonly log: RecordingLog;
  readonly deliveries: readonly Delivery[];
  readonly states: readonly SourceState[];
  readonly taken: readonly ServiceError[];
  /** Payloads as text, in the order of delivery. */
  texts(): string[];
  /** Resolves with the delivery of that index. */
  delivery(index: number): Promise<Delivery>;
  /** Resolves when subscribed, after `connections` connections. */
  subscribed(connections?: number): Promise<void>;
}

export interface TestSourceOptions {
  readonly mqtt?: Partial<MqttOptions>;
  readonly source?: Partial<SourceOptions['source']>;
  readonly limits?: Partial<SourceOptions['limits']>;
  readonly state?: SourceOptions['state'];
  /** Called with every delivery; nothing settles them unless this does. */
  readonly onDelivery?: (delivery: Delivery) => void;
}

/** A source on `pictures/#` that settles nothing by itself. */
export function startSource(url: string, options: TestSourceOptions = {}): TestSource {
  const observer = recordingObserver();
  const log = recordingLog();
  const deliveries: Delivery[] = [];
  const states: SourceState[] = [];
  const taken: ServiceError[] = [];
  const source = createSource(
    {
      log,
      observer,
      random: Math.random,
      onDelivery(delivery) {
        deliveries.push(delivery);
        options.onDelivery?.(delivery);
      },
      onState: (state) => void states.push(state),
      onTaken: (error) => void taken.push(error),
    },
    {
      mqtt: mqttConfig(url, options.mqtt),
      source: { topics: ['pictures/#'], qos: 1, overload: 'wait', ...options.source },
      state: { enabled: true, ...options.state },
      limits: { inFlight: 8, inFlightBytes: 1 << 20, maxPayloadBytes: 1 << 24, ...options.limits },
    },
  );
  return {
    source,
    observer,
    log,
    deliveries,
    states,
    taken,
    texts: () => deliveries.map(({ payload }) => Buffer.from(payload).toString()),
    delivery: (index) => until(`delivery ${index}`, () => deliveries[index]),
    async subscribed(connections = 1) {
      await until(`subscribed on connection ${connections}`, () => {
        return states.at(-1)?.isSubscribed === true && observer.count('connected source true') >= connections;
      });
    },
    [Symbol.asyncDispose]: () => source.end(1000),
  };
}

interface TestPublishOptions {
  readonly qos: 0 | 1;
  /** Beside topic and payload. */
  readonly properties?: Partial<OutgoingMessage>;
  readonly signal?: AbortSignal;
}

export interface TestSink extends AsyncDisposable {
  readonly sink: {
    publish(topic: string, payload: Uint8Array, options: TestPublishOptions): Promise<void>;
    end(timeoutMs: number): Promise<void>;
  };
  readonly observer: RecordingObserver;
  readonly log: RecordingLog;
  connected(): Promise<void>;
}

export function startSink(url: string, mqtt: Partial<MqttOptions> = {}, parts: Partial<SinkParts> = {}): TestSink {
  const observer = recordingObserver();
  const log = recordingLog();
  const config = mqttConfig(url, mqtt);
  const sink = createSink(
    {
      log,
      observer,
      random: Math.random,
      onState: () => undefined,
      onTaken: () => undefined,
      ...parts,
    },
    { broker: config, mqtt: config },
  );
  return {
    sink: {
      publish: (topic, payload, { qos, properties, signal }) =>
        sink.publish({ topic, payload, qos, user: [], ...properties }, signal),
      end: (timeoutMs) => sink.end(timeoutMs),
    },
    observer,
    log,
    async connected() {
      await until(
        'sink connected',
        () => observer.count('connected sink true') > observer.count('connected sink false'),
      );
    },
    [Symbol.asyncDispose]: () => sink.end(1000),
  };
}

function mqttConfig(url: string, overrides: Partial<MqttOptions> = {}): MqttOptions {
  return {
    ...brokerConfig(url),
    clientId: 'flawline',
    protocolVersion: 5,
    keepaliveSeconds: 30,
    sessionExpirySeconds: 3600,
    receiveMaximum: 100,
    onStop: 'keep',
    ...overrides,
  };
}

export function brokerConfig(url: string, overrides: Partial<BrokerOptions> = {}): BrokerOptions {
  return { url: [url], insecure: false, allowPlaintextPassword: false, ...overrides };
}
