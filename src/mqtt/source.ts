import { setTimeout as delay } from 'node:timers/promises';
import type { IConnackPacket } from 'mqtt';
import type { Delivery } from '../domain/delivery.js';
import type { Source } from '../pipeline/ports.js';
import type { ServiceError } from '../std/errors.js';
import { aborted } from '../std/promises.js';
import { createSharedBuffers } from '../std/shared-buffers.js';
import { formatState, stateTopic } from '../topics/output-topics.js';
import { matchesFilter, OTHER_FILTER } from '../topics/topic.js';
import { createPausePing } from './client-internals/pause-ping.js';
import { ACKNOWLEDGE_LATER, type MqttStream, writePuback } from './client-internals/puback.js';
import { createConnection } from './connection.js';
import { createFlowControl } from './flow-control.js';
import { toIncoming } from './incoming.js';
import type { Log, MqttObserver } from './observer.js';
import type { MqttOptions, SourceSettings } from './options.js';
import { createCopyFinder, planSubscriptions } from './overlap.js';
import { createOwnState } from './own-state.js';
import { createSubscription } from './subscription.js';

const RETIRE_QUIET_MS = 250;
/** Memory of acknowledged messages that is kept for the next ones. */
const MAX_SPARE_BYTES = 32 * 2 ** 20;
/** Largest value: with `latest` the broker must not hold back, the oldest would wait there. */
const NO_RECEIVE_MAXIMUM = 65_535;

export interface SourceParts {
  readonly log: Log;
  readonly observer: MqttObserver;
  readonly random: () => number;
  /**
   * Each delivery is to be acknowledged once; its payload must be neither changed nor detached until then, nor read
   * afterwards.
   */
  onDelivery(delivery: Delivery): void;
  onState(state: SourceState): void;
  /** ERR_SESSION_TAKEN: the source has ended by itself. */
  onTaken(error: ServiceError): void;
}

export interface SourceState {
  readonly isConnected: boolean;
  /** Every configured filter is granted. */
  readonly isSubscribed: boolean;
  /** Why not. */
  readonly fault?: ServiceError;
}

export interface SourceOptions {
  readonly mqtt: MqttOptions;
  readonly source: Pick<SourceSettings, 'topics' | 'qos' | 'overload'>;
  /** Keep the retained state and the last will. */
  readonly state: { readonly enabled: boolean };
  readonly limits: {
    readonly inFlight: number;
    readonly inFlightBytes: number;
    readonly maxPayloadBytes: number;
  };
}

/**
 * The connection that messages come in by: subscribes, delivers, acknowledges what the pipeline has acknowledged.
 * Connects at once. With `mqtt.onStop: retire` drain() unsubscribes first and goes on until the broker has sent what it
 * still had, and end() ends the session, unless something in it is not settled.
 */
export function createSource(parts: SourceParts, options: SourceOptions): Source {
  const { log, observer } = parts;
  const { mqtt, source, limits } = options;
  const ownState = stateTopic(mqtt.clientId);
  const plan = planSubscriptions(source.topics);
  let isRetiring = mqtt.onStop === 'retire';
  let openStream: MqttStream | undefined;
  let hasToldOther = false;
  /** Whether this connection's SUBSCRIBE is answered: by SUBACK, or by a message of one of its filters. */
  let isAnswered = false;
  let received = 0;
  /** The connection on which the session was finished: unsubscribed, and everything that it held is settled. */
  let finishedOn: MqttStream | undefined;
  const memory = createSharedBuffers(MAX_SPARE_BYTES);
  /** When and where the last connection ended, and how long the broker keeps its session then. */
  let lastSession: { readonly url: string; readonly expiresAtMs: number } | undefined;
  let hasIdentifiers = true;
  let expirySeconds = mqtt.sessionExpirySeconds;
  const state = createOwnState(
    { log, connection: () => connection },
    { topic: ownState, isEnabled: options.state.enabled, topics: plan.subscribed },
  );

  const flow = createFlowControl(
    {
      observer: {
        onReceived: (filterId) => {
          received += 1;
          observer.onReceived(filterId);
        },
        onRedelivered: () => observer.onRedelivered(),
        onCopied: () => observer.onCopied(),
        onDropped: (reason) => observer.onDropped(reason),
        onPaused: (isPaused) => {
          pausePing(isPaused);
          observer.onPaused(isPaused);
        },
      },
      onDelivery: (delivery) => parts.onDelivery(delivery),
      isCopy: createCopyFinder(plan),
      releasePayload: ({ payload }) => memory.give(payload.buffer),
      acknowledge: (messageId) => {
        if (openStream !== undefined) writePuback(openStream, messageId, mqtt.protocolVersion);
      },
    },
    { ...limits, overload: source.overload },
  );

  const connection = createConnection(
    {
      log,
      observer,
      random: parts.random,
      onOpen(stream, connack) {
        openStream = stream;
        flow.open(connack.sessionPresent);
      },
      onReady(connack) {
        tellSession(connack);
        isAnswered = false;
        parts.onState({ isConnected: true, isSubscribed: false });
        subscription.start(connack.sessionPresent);
      },
      onStable() {
        subscription.proved();
        state.proved();
      },
      onClose() {
        if (openStream !== undefined) {
          lastSession = { url: connection.url, expiresAtMs: performance.now() + expirySeconds * 1000 };
        }
        openStream = undefined;
        hasToldOther = false;
        state.closed();
        subscription.closed();
        flow.close();
        parts.onState({ isConnected: false, isSubscribed: false });
      },
      isUnanswered: () => !isAnswered,
      onFault: (fault) => parts.onState({ isConnected: client.connected, isSubscribed: false, fault }),
      onTaken: (error) => parts.onTaken(error),
    },
    {
      role: 'source',
      broker: mqtt,
      clientId: mqtt.clientId,
      protocolVersion: mqtt.protocolVersion,
      keepaliveSeconds: mqtt.keepaliveSeconds,
      wholePackets: { maxPayloadBytes: limits.maxPayloadBytes, memory },
      session: {
        expirySeconds: mqtt.sessionExpirySeconds,
        receiveMaximum: source.overload === 'latest' ? NO_RECEIVE_MAXIMUM : mqtt.receiveMaximum,
      },
      ...(options.state.enabled
        ? { will: { topic: ownState, payload: formatState({ state: 'offline', topics: plan.subscribed }) } }
        : {}),
    },
  );
  const { client } = connection;
  const pausePing = createPausePing(client, () => {
    log.warn(
      { role: 'source' },
      'the broker gives no sign of life while the stream of messages is paused: connecting again',
    );
    client.stream.destroy();
  });

  const subscription = createSubscription(
    {
      client,
      log,
      random: parts.random,
      onSubscribed: tellSubscribed,
      onFormerLeft(left) {
        state.online([...plan.subscribed, ...left]);
      },
      onRefused(fault) {
        isAnswered = true; // messages of the filters that are granted say nothing of the others
        parts.onState({ isConnected: true, isSubscribed: false, fault });
      },
    },
    {
      plan,
      qos: source.qos,
      protocolVersion: mqtt.protocolVersion,
      stateTopic: ownState,
      hasState: () => options.state.enabled && connection.isRetainAvailable,
      hasIdentifiers: () => hasIdentifiers,
    },
  );

  client.handleMessage = (packet, done) => {
    if (packet.topic === ownState) {
      subscription.readState(Buffer.from(packet.payload));
      return done();
    }
    const filterId = filterIdOf(packet.topic);
    // After a resume the answer to SUBSCRIBE waits behind all that was queued: a message of a filter says as much.
    if (filterId !== OTHER_FILTER && !isAnswered) tellSubscribed();
    flow.receive(toIncoming(packet, filterId), () => done(ACKNOWLEDGE_LATER));
  };

  function tellSession({ sessionPresent, properties }: IConnackPacket): void {
    const isKept = lastSession?.url === connection.url && performance.now() < lastSession.expiresAtMs;
    hasIdentifiers = properties?.subscriptionIdentifiersAvailable !== false;
    expirySeconds = properties?.sessionExpiryInterval ?? mqtt.sessionExpirySeconds;
    if (sessionPresent || !isKept) return;
    observer.onSessionLost();
    log.warn(
      { url: connection.url },
      'the broker has forgotten the session, and with it every picture that waited there: does it store sessions over a restart?',
    );
  }

  function tellSubscribed(): void {
    isAnswered = true;
    parts.onState({ isConnected: true, isSubscribed: true });
  }

  function filterIdOf(topic: string): string {
    const index = source.topics.findIndex((filter) => matchesFilter(filter, topic));
    if (index >= 0) return String(index);
    if (!hasToldOther) log.warn({ topic }, 'the session keeps a topic filter that is not configured any more');
    hasToldOther = true;
    return OTHER_FILTER;
  }

  /** No broker says that it has sent everything of a session: after a while without a message it has. */
  async function finishSession(signal: AbortSignal): Promise<void> {
    const stream = openStream;
    await Promise.race([subscription.leave(), aborted(signal)]);
    for (let seen = -1; seen !== received && !signal.aborted; ) {
      seen = received;
      await Promise.race([flow.idle(), aborted(signal)]);
      await delay(RETIRE_QUIET_MS);
    }
    if (!signal.aborted) finishedOn = stream;
  }

  /** Not on a later connection: there the broker may have more to send. */
  function isFinished(): boolean {
    return finishedOn !== undefined && finishedOn === openStream;
  }

  return {
    get unsettled() {
      return flow.unsettled;
    },
    get running() {
      return flow.running;
    },
    pause: () => flow.pause(),
    resume: () => flow.resume(),
    retire() {
      isRetiring = true;
    },
    async drain(signal) {
      if (isRetiring) {
        await finishSession(signal).catch((err: unknown) => log.warn({ err }, 'not unsubscribed'));
      }
      flow.stop();
      await Promise.race([flow.idle(), aborted(signal)]);
    },
    async end(timeoutMs) {
      subscription.stop();
      const endsSession = isFinished();
      if (isRetiring && !endsSession) log.warn({}, 'the session is kept: it may hold messages that are not settled');
      state.offline(endsSession);
      flow.close(); // lets a paused stream go on, or its end would never be seen
      pausePing(false);
      await connection.end(timeoutMs, endsSession ? { reasonCode: 0, properties: { sessionExpiryInterval: 0 } } : {});
    },
  };
}
