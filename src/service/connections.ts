/** Connections to brokers, with what they report turned into metrics and readiness. */
import type { StreamSpec } from '../catalogue/catalogue.js';
import type { Role } from '../domain/closed-sets.js';
import type { Delivery, OutgoingMessage } from '../domain/delivery.js';
import { DEFAULT_ID } from '../domain/rule.js';
import type { MqttObserver } from '../mqtt/observer.js';
import { createRequestListener, type RequestListenerOptions, type RequestListenerParts } from '../mqtt/requests.js';
import { createSink, type MqttSink } from '../mqtt/sink.js';
import { createSource } from '../mqtt/source.js';
import type { Sink, Source } from '../pipeline/ports.js';
import type { ServiceError } from '../std/errors.js';
import type { ServiceContext } from './context.js';
import { createSharedCondition } from './shared-condition.js';

export interface Connections {
  readonly sink: Sink;
  /** Connects at once, subscribes as soon as that worked, and again after every loss. */
  openSource(stream: StreamSpec, onDelivery: (delivery: Delivery) => void): Source;
  /** Disconnects the sink; what is still being published is given up. */
  endSink(): Promise<void>;
  /** What is published from now on, and what has no answer yet, is given up. */
  giveUp(): void;
}

export const END_TIMEOUT_MS = 1000;

export interface ConnectionHandlers {
  readonly requests: RequestListenerOptions & Pick<RequestListenerParts, 'answer'>;
  /** A health message as it is now. */
  readonly health: () => OutgoingMessage;
}

type ConnectionContext = Pick<ServiceContext, 'config' | 'parts' | 'readiness' | 'fail' | 'ledger' | 'metrics'>;

/** The connection of the sink is opened at once. */
export function openConnections(context: ConnectionContext, { requests, health }: ConnectionHandlers): Connections {
  const { config, parts, readiness, fail } = context;
  const ending = new AbortController();
  const onTaken = (error: ServiceError) => fail({ error, hangs: false });
  const sourceCondition = createSharedCondition(
    readiness,
    'source',
    config.streams.map(({ id }) => id),
  );
  const upRoles = createUpTracker(context);
  const requestListener = createRequestListener(
    {
      log: parts.logger.child({ component: 'requests' }),
      answer: requests.answer,
      publish: (message, signal) => sink.publish(message, signal),
    },
    requests,
  );
  const sinkReason = lastReason();
  const sink: MqttSink = createSink(
    {
      observer: mqttObserver(context, upRoles('sink', 'sink')),
      random: parts.random,
      ...(config.mqtt.protocolVersion === 5 && config.requests.enabled ? { onReady: requestListener.onReady } : {}),
      ...(config.health.enabled ? { probe: (): OutgoingMessage => ({ ...health(), qos: 1 }) } : {}),
      log: parts.logger.child({ component: 'sink' }),
      onState({ isConnected, fault }) {
        const reason = sinkReason(isConnected, fault);
        if (isConnected) readiness.fulfil('sink');
        else readiness.fail('sink', reason ?? 'not connected');
      },
      onTaken,
    },
    { broker: config.sink, mqtt: config.mqtt },
  );

  return {
    sink: { publish: (message) => sink.publish(message, ending.signal) },
    openSource({ id, topics }, onDelivery) {
      const reasonOf = lastReason();
      // The first stream has the session that there was before there were several.
      const clientId = id === DEFAULT_ID ? config.mqtt.clientId : `${config.mqtt.clientId}-${id}`;
      const observer = mqttObserver(context, upRoles('source', id));
      return createSource(
        {
          observer: id === DEFAULT_ID ? observer : { ...observer, received: () => observer.received(id) },
          random: parts.random,
          log: parts.logger.child({ component: 'source' }),
          onDelivery,
          onState({ isConnected, isSubscribed, fault }) {
            const reason = reasonOf(isConnected, fault);
            const isUp = isConnected && isSubscribed;
            const why = reason ?? (isConnected ? 'not subscribed' : 'not connected');
            sourceCondition.report(id, isUp ? undefined : why);
          },
          onTaken,
        },
        {
          mqtt: { ...config.mqtt, clientId },
          source: { ...config.source, topics },
          state: config.state,
          limits: config.limits,
        },
      );
    },
    endSink: () => sink.end(END_TIMEOUT_MS),
    giveUp: () => ending.abort(new Error('the service stops')),
  };
}

/** What was said last of a connection that is down: its end, told right after, and the waiting say nothing new. */
function lastReason(): (isConnected: boolean, fault?: ServiceError) => string | undefined {
  let last: string | undefined;
  return (isConnected, fault) => {
    if (fault !== undefined) last = fault.message;
    else if (isConnected) last = undefined;
    return last;
  };
}

/** What one connection reports of itself. */
interface OwnState {
  connected(up: boolean): void;
  paused(paused: boolean): void;
}

/** The gauges of a role speak for all of its connections: up when all are, paused when one is. */
function createUpTracker({ metrics }: Pick<ConnectionContext, 'metrics'>): (role: Role, id: string) => OwnState {
  const down = { source: new Set<string>(), sink: new Set<string>() };
  const paused = new Set<string>();
  return (role, id) => {
    down[role].add(id);
    return {
      connected(up) {
        if (up) down[role].delete(id);
        else down[role].add(id);
        metrics.connected(role, down[role].size === 0);
      },
      paused(isPaused) {
        if (isPaused) paused.add(id);
        else paused.delete(id);
        metrics.intakePaused(paused.size > 0);
      },
    };
  };
}

function mqttObserver({ ledger, metrics }: Pick<ConnectionContext, 'ledger' | 'metrics'>, own: OwnState): MqttObserver {
  return {
    received: (filterId) => ledger.received(filterId, Date.now()),
    redelivered: () => ledger.redelivered(),
    dropped: (reason) => ledger.dropped(reason),
    paused: own.paused,
    connected: (_role, up) => own.connected(up),
    reconnected: (role) => metrics.reconnected(role),
    publishRetried: () => metrics.publishRetried(),
  };
}
