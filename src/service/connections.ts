/** The two connections to the broker, with what they report turned into metrics and readiness. */

import type { Delivery, OutgoingMessage } from '../domain/delivery.js';
import type { MqttObserver } from '../mqtt/observer.js';
import { createRequestListener, type RequestListenerOptions, type RequestListenerParts } from '../mqtt/requests.js';
import { createSink, type MqttSink } from '../mqtt/sink.js';
import { createSource } from '../mqtt/source.js';
import type { ServiceError } from '../std/errors.js';
import type { ServiceContext } from './context.js';

export interface Connections {
  /** As of the source. */
  readonly unsettled: number;
  /** Of those, the ones that are being inspected or published. */
  readonly running: number;
  /** Resolves on PUBACK. @throws {ServiceError} when refused for good; the signal's reason when the service stops */
  publish(message: OutgoingMessage): Promise<void>;
  pause(): void;
  resume(): void;
  /** Takes no new message; resolves when nothing is unsettled or the signal aborts. */
  drain(signal: AbortSignal): Promise<void>;
  /** Says `offline`, disconnects; what is still being published is given up. */
  end(): Promise<void>;
}

const END_TIMEOUT_MS = 1000;

export interface ConnectionHandlers {
  readonly onDelivery: (delivery: Delivery) => void;
  readonly requests: RequestListenerOptions & Pick<RequestListenerParts, 'answer'>;
  /** A health message as it is now. */
  readonly health: () => OutgoingMessage;
}

/** Connects at once, subscribes as soon as that worked, and again after every loss. */
export function openConnections(context: ServiceContext, handlers: ConnectionHandlers): Connections {
  const { onDelivery, requests } = handlers;
  const { config, parts, readiness, fail } = context;
  const observer = mqttObserver(context);
  const ending = new AbortController();
  const shared = { observer, random: parts.random };

  const sinkReason = reasonKeeper();
  const sourceReason = reasonKeeper();

  const requestListener = createRequestListener(
    {
      log: parts.logger.child({ component: 'requests' }),
      answer: requests.answer,
      publish: (message, signal) => sink.publish(message, signal),
    },
    requests,
  );
  const sink: MqttSink = createSink(
    {
      ...shared,
      ...(config.mqtt.protocolVersion === 5 && config.requests.enabled ? { onReady: requestListener.onReady } : {}),
      ...(config.health.enabled ? { probe: (): OutgoingMessage => ({ ...handlers.health(), qos: 1 }) } : {}),
      log: parts.logger.child({ component: 'sink' }),
      onState({ isConnected, fault }) {
        const reason = sinkReason(isConnected, fault);
        if (isConnected) readiness.fulfil('sink');
        else readiness.fail('sink', reason ?? 'not connected');
      },
      onTaken: (error) => fail({ error, hangs: false }),
    },
    { broker: config.sink, mqtt: config.mqtt },
  );
  const source = createSource(
    {
      ...shared,
      log: parts.logger.child({ component: 'source' }),
      onDelivery,
      onState({ isConnected, isSubscribed, fault }) {
        const reason = sourceReason(isConnected, fault);
        if (isConnected && isSubscribed) readiness.fulfil('source');
        else readiness.fail('source', reason ?? (isConnected ? 'not subscribed' : 'not connected'));
      },
      onTaken: (error) => fail({ error, hangs: false }),
    },
    { mqtt: config.mqtt, source: config.source, state: config.state, limits: config.limits },
  );

  return {
    get unsettled() {
      return source.unsettled;
    },
    get running() {
      return source.running;
    },
    publish: (message) => sink.publish(message, ending.signal),
    pause: () => source.pause(),
    resume: () => source.resume(),
    drain: (signal) => source.drain(signal),
    async end() {
      ending.abort(new Error('the service stops'));
      await Promise.all([source.end(END_TIMEOUT_MS), sink.end(END_TIMEOUT_MS)]);
    },
  };
}

/** What was said last of a connection that is down: its end, told right after, and the waiting say nothing new. */
function reasonKeeper(): (isConnected: boolean, fault?: ServiceError) => string | undefined {
  let kept: string | undefined;
  return (isConnected, fault) => {
    if (fault !== undefined) kept = fault.message;
    else if (isConnected) kept = undefined;
    return kept;
  };
}

function mqttObserver({ ledger, metrics }: ServiceContext): MqttObserver {
  return {
    received: (filterId) => ledger.received(filterId, Date.now()),
    redelivered: () => ledger.redelivered(),
    dropped: (reason) => ledger.dropped(reason),
    paused: (paused) => metrics.intakePaused(paused),
    connected: (role, up) => metrics.connected(role, up),
    reconnected: (role) => metrics.reconnected(role),
    publishRetried: () => metrics.publishRetried(),
  };
}
