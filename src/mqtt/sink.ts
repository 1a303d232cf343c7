import { setMaxListeners } from 'node:events';
import type { OutgoingMessage } from '../domain/delivery.js';
import type { SinkConnection } from '../pipeline/ports.js';
import { messageOf, ServiceError } from '../std/errors.js';
import { createLearnedLimits, type ToldLimits, toldLimits } from './broker-limits.js';
import { createCompanions, type SinkCompanion } from './companions.js';
import { createConnection } from './connection.js';
import { createCulpritSearch } from './culprit-search.js';
import type { Log, MqttObserver } from './observer.js';
import type { BrokerOptions, MqttOptions } from './options.js';
import {
  closedAt,
  createPublish,
  isRefusedForGood,
  NOT_AUTHORIZED,
  PACKET_TOO_LARGE,
  type Publish,
  reasonCodeOf,
  refused,
  refusedAtSize,
  tooLarge,
} from './publish.js';

const SEARCH_BEGINS =
  'connections were lost with the same publishes under way: they are sent one at a time, to find the one that the broker closes the connection for';

export interface SinkParts {
  readonly log: Log;
  readonly observer: Pick<MqttObserver, 'onConnected' | 'onReconnected' | 'onPublishRetried'>;
  readonly random: () => number;
  onState(state: SinkState): void;
  /** ERR_SESSION_TAKEN: the sink has ended by itself. */
  onTaken(error: ServiceError): void;
  /** A small message at QoS 1 that may be published at any time, to see whether the broker answers. */
  readonly canary?: () => OutgoingMessage;
  readonly companions?: readonly SinkCompanion[];
}

interface SinkState {
  readonly isConnected: boolean;
  readonly fault?: ServiceError;
}

export interface SinkOptions {
  /** Of a sink that is not that of the section `sink`; part of its client id. */
  readonly key?: string;
  readonly broker: BrokerOptions;
  /** Absent: one is made of that of `mqtt`. */
  readonly clientId?: string;
  readonly mqtt: Pick<MqttOptions, 'clientId' | 'protocolVersion' | 'keepaliveSeconds'>;
}

/**
 * The connection that results go out by: no session, so what is not acknowledged is kept and sent again here.
 *
 * `publish` resolves when the broker has the message: with the PUBACK at QoS 1, when it is written at QoS 0. It waits while the
 * connection is down or the broker's Receive Maximum is reached, so callers bound how many they have open. What was not
 * acknowledged when a connection broke, or was refused for the moment, is sent again (the latter after a while, so behind
 * later ones). `payload` must not be changed until then. It throws ERR_RESULT_TOO_LARGE above the broker's Maximum Packet
 * Size, or a size that it was seen to refuse, without sending it; ERR_RESULT_REFUSED when the broker refuses it for good;
 * one of the two when the broker closes the connection each time that it is sent (culprit-search.ts).
 */
export function createSink(parts: SinkParts, options: SinkOptions): SinkConnection {
  const { mqtt } = options;
  const companions = createCompanions(parts.companions ?? [], () => sendWaiting());
  /** Every call that is neither resolved nor rejected. */
  const open = new Set<Publish>();
  let waiting: Publish[] = [];
  /** Sent and not answered, in the order of sending. */
  const underWay = new Set<Publish>();
  let isSending = false;
  const publishParts = { random: parts.random, protocolVersion: mqtt.protocolVersion, forget };
  const search = createCulpritSearch<Publish>();
  const learnedOf = createLearnedLimits(parts.log);
  /** Sent ahead of a candidate, to see whether the broker answers at all; and how many of these were lost in a row. */
  let witness: Publish | undefined;
  let witnessLosses = 0;
  /** Witnesses of our own making: they are not sent again. */
  const canaries = new WeakSet<Publish>();
  let hasToldQos = false;
  /** What was heard last of why a connection was closed. */
  let lastReason = 'none was given';
  /** Of the connected broker: MQTT.js forgets them while it reconnects, and heeds neither. */
  let limits: ToldLimits | undefined;

  const connection = createConnection(
    {
      ...parts,
      onReady(connack) {
        limits = toldLimits(connack);
        tellQos(limits);
        lastReason = 'none was given';
        companions.ready(client);
        parts.onState({ isConnected: true });
        sendWaiting();
      },
      onStable: () => companions.proved(),
      onClose() {
        limits = undefined;
        companions.closed();
        blameForLoss();
        takeBack();
        parts.onState({ isConnected: false });
      },
      isUnanswered: () => underWay.size > 0,
      onDisconnect(reasonCode) {
        lastReason = `DISCONNECT 0x${(reasonCode ?? 0).toString(16)}`;
        if (reasonCode === PACKET_TOO_LARGE) isolate();
      },
      onFault(fault) {
        lastReason = messageOf(fault.cause);
        parts.onState({ isConnected: client.connected, fault });
      },
    },
    {
      role: 'sink',
      broker: options.broker,
      clientId:
        options.clientId ?? [mqtt.clientId, 'sink', ...(options.key === undefined ? [] : [options.key])].join('-'),
      protocolVersion: mqtt.protocolVersion,
      keepaliveSeconds: mqtt.keepaliveSeconds,
    },
  );
  const { client } = connection;

  function sendWaiting(): void {
    if (isSending) return; // QoS 0 is answered within `send`: one call more on the stack for each that waits
    isSending = true;
    try {
      while (
        limits !== undefined &&
        !companions.isHolding &&
        underWay.size < (search.isOn ? 1 : limits.receiveMaximum)
      ) {
        const publish = takeNext();
        if (publish === undefined) return;
        send(publish, limits);
      }
    } finally {
      isSending = false;
    }
  }

  function tellQos({ maximumQos }: ToldLimits): void {
    if (maximumQos > 0 || hasToldQos) return;
    hasToldQos = true;
    parts.log.warn({ role: 'sink' }, 'the broker takes QoS 0 only: results and dead letters may be lost on their way');
  }

  /** The oldest, unless its loss would prove nothing before the broker has answered another one. */
  function takeNext(): Publish | undefined {
    const [first] = waiting;
    if (first === undefined || !search.isOn || !search.needsWitness(first)) return waiting.shift();
    witness = witnessFor(first);
    const next = witness ?? first;
    waiting = waiting.filter((publish) => publish !== next);
    return next;
  }

  /** A canary, which changes no order, or else another publish: of another topic if there is one. */
  function witnessFor(candidate: Publish): Publish | undefined {
    const others = waiting.filter((publish) => publish.qos === 1 && !search.needsWitness(publish));
    const other = others.find(({ topic }) => topic !== candidate.topic) ?? others[0];
    const isCanaryNext = other === undefined || witnessLosses % 2 === 0; // the broker may hang up on the canary as well
    const canary = isCanaryNext ? parts.canary?.() : undefined;
    if (canary === undefined) return other;
    const publish = createPublish(canary, publishParts, { onTaken: () => undefined, onRefused: () => undefined });
    canaries.add(publish);
    open.add(publish);
    return publish;
  }

  function send(publish: Publish, { packetBytes, maximumQos, isRetainAvailable }: ToldLimits): void {
    const { topic, payload, properties, sizeBytes } = publish;
    const { refusedBytes } = learnedOf(connection.url);
    if (sizeBytes > packetBytes || sizeBytes >= refusedBytes) {
      const isNamed = sizeBytes > packetBytes;
      publish.reject(isNamed ? tooLarge(topic, sizeBytes, packetBytes) : refusedAtSize(topic, sizeBytes, refusedBytes));
      return;
    }
    if (publish.hasBeenSent) parts.observer.onPublishRetried();
    publish.hasBeenSent = true;
    underWay.add(publish);
    const qos = publish.qos > maximumQos ? 0 : publish.qos;
    const retain = publish.retain && isRetainAvailable; // a broker without it may hang up
    client.publish(topic, payload, { qos, retain, properties }, (error) => answered(publish, error));
    if (qos === 1) publish.messageId = client.getLastMessageId();
  }

  function answered(publish: Publish, error: unknown): void {
    if (!underWay.delete(publish)) return; // taken back: its connection is gone
    if (publish.qos === 1) {
      search.answered(publish);
      companions.proved();
    }
    if (publish === witness) witnessLosses = 0;
    const { topic, sizeBytes } = publish;
    const reasonCode = reasonCodeOf(error);
    if (error === undefined || error === null) {
      learnedOf(connection.url).taken(topic, sizeBytes);
      publish.resolve();
    } else if (reasonCode === PACKET_TOO_LARGE) refuseAsTooLarge(publish);
    else if (reasonCode !== undefined && isRefusedForGood(reasonCode)) {
      if (reasonCode === NOT_AUTHORIZED) learnedOf(connection.url).denied(topic);
      publish.reject(refused(topic, reasonCode, error));
    } else sendLater(publish);
    sendWaiting();
  }

  function sendLater(publish: Publish): void {
    if (!open.has(publish)) return;
    publish.retry = setTimeout(() => {
      waiting.push(publish);
      sendWaiting();
    }, publish.backoff.next());
  }

  /** The broker closes the connection because a packet is too large, without saying which. Alone, it is found. */
  function isolate(): void {
    const [only] = underWay;
    if (underWay.size === 1 && only !== undefined) refuseAsTooLarge(only);
    search.accuse([...underWay].filter((publish) => open.has(publish))); // what was given up is not sent again
  }

  function refuseAsTooLarge(publish: Publish): void {
    const { topic, sizeBytes } = publish;
    const learned = learnedOf(connection.url);
    learned.refused(topic, sizeBytes, true);
    publish.reject(refusedAtSize(topic, sizeBytes, Math.min(learned.refusedBytes, sizeBytes)));
  }

  /** The connection is gone, and the broker may not have said why. */
  function blameForLoss(): void {
    if (witness !== undefined && underWay.has(witness)) witnessLosses += 1;
    const wasOn = search.isOn;
    const culprit = search.lost([...underWay]);
    for (const publish of underWay) if (!open.has(publish)) search.forget(publish);
    if (search.isOn && !wasOn)
      parts.log.warn({ role: 'sink', publishes: underWay.size, reason: lastReason }, SEARCH_BEGINS);
    if (culprit === undefined || !open.has(culprit)) return;
    const { topic, sizeBytes } = culprit;
    const learned = learnedOf(connection.url);
    learned.refused(topic, sizeBytes, false);
    const { takenBytes: largestTakenBytes } = learned;
    const isTopicDenied = learned.isDenied(topic);
    culprit.reject(closedAt(topic, { sizeBytes, largestTakenBytes, isTopicDenied, reason: lastReason }));
  }

  /** Ours to send again, in the old order; MQTT.js is to forget them, its own resending heeds no limit. */
  function takeBack(): void {
    const lost = [...underWay];
    underWay.clear();
    for (const { messageId } of lost) if (messageId !== undefined) client.removeOutgoingMessage(messageId);
    for (const publish of lost) if (canaries.has(publish)) forget(publish);
    waiting = lost.filter((publish) => open.has(publish)).concat(waiting);
  }

  function forget(publish: Publish): void {
    open.delete(publish);
    search.forget(publish);
    clearTimeout(publish.retry);
    waiting = waiting.filter((other) => other !== publish);
  }

  return {
    publish(message, signal) {
      return new Promise((resolve, reject) => {
        if (signal?.aborted === true) return reject(signal.reason);
        const onAbort = (): void => publish.reject(signal?.reason);
        const stopListening = (): void => signal?.removeEventListener('abort', onAbort);
        const publish = createPublish(message, publishParts, {
          onTaken() {
            stopListening();
            resolve();
          },
          onRefused(error) {
            stopListening();
            reject(error);
          },
        });
        if (signal !== undefined) {
          setMaxListeners(0, signal); // one a pending publish: callers share a signal and bound their number
          signal.addEventListener('abort', onAbort, { once: true });
        }
        open.add(publish);
        waiting.push(publish);
        sendWaiting();
      });
    },
    async end(timeoutMs) {
      limits = undefined;
      takeBack();
      const text = `Cannot publish as the sink must not have ended: ${open.size} were pending`;
      for (const publish of [...open]) publish.reject(new ServiceError('ERR_BROKER', text));
      await connection.end(timeoutMs);
    },
  };
}
