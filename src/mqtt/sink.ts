import { setMaxListeners } from 'node:events';
import type { IConnackPacket, MqttClient } from 'mqtt';
import type { OutgoingMessage } from '../domain/delivery.js';
import type { Sink } from '../pipeline/ports.js';
import { type Backoff, createBackoff } from '../std/backoff.js';
import { ServiceError } from '../std/errors.js';
import { keptAsItIs } from './client-internals/kept-payload.js';
import { isUnreadablePuback } from './client-internals/puback.js';
import { createConnection } from './connection.js';
import type { Log, MqttObserver } from './observer.js';
import type { BrokerOptions, MqttOptions } from './options.js';
import {
  isRefusedForGood,
  PACKET_TOO_LARGE,
  publishPacketBytes,
  reasonCodeOf,
  refused,
  tooLarge,
  toWireProperties,
  type WireProperties,
} from './publish.js';

const RETRY_BACKOFF = { firstMs: 250, limitMs: 30_000 };
/** What applies when the broker names none [MQTT-3.2.2.3.3]; 3.1.1 has no such limit but that of the packet ids. */
const DEFAULT_RECEIVE_MAXIMUM = 65_535;
/** The largest remaining length with its header, which no packet can exceed. */
const LARGEST_PACKET_BYTES = 268_435_460;

export interface SinkParts {
  readonly log: Log;
  readonly observer: Pick<MqttObserver, 'connected' | 'reconnected' | 'publishRetried'>;
  readonly random: () => number;
  onState(state: SinkState): void;
  /** ERR_SESSION_TAKEN: the sink has ended by itself. */
  onTaken(error: ServiceError): void;
  /** Called at each connection before anything is published on it. */
  readonly onReady?: (client: MqttClient) => void;
}

interface SinkState {
  readonly isConnected: boolean;
  readonly fault?: ServiceError;
}

export interface SinkOptions {
  readonly broker: BrokerOptions;
  readonly mqtt: Pick<MqttOptions, 'clientId' | 'protocolVersion' | 'keepaliveSeconds'>;
}

export interface MqttSink extends Sink {
  /**
   * Resolves when the broker has it: with the PUBACK at QoS 1, when it is written at QoS 0. Goes out in the order of the
   * calls; waits while the connection is down or the broker's Receive Maximum is reached, so callers bound how many they
   * have open. What was not acknowledged when a connection broke, or was refused for the moment, is sent again (the
   * latter after a while, so behind later ones). `payload` must not be changed until then.
   * @param signal gives up: rejects with its reason; the broker may have taken the message all the same
   * @throws {ServiceError} ERR_RESULT_TOO_LARGE above the broker's Maximum Packet Size, without sending it;
   * ERR_RESULT_REFUSED when the broker refuses it for good. Never on 3.1.1: no limit is told and no refusal either.
   */
  publish(message: OutgoingMessage, signal?: AbortSignal): Promise<void>;
  /** DISCONNECT; rejects what is pending. */
  end(timeoutMs: number): Promise<void>;
}

interface Publish {
  readonly topic: string;
  readonly payload: Buffer;
  readonly qos: 0 | 1;
  readonly properties: WireProperties;
  readonly backoff: Backoff;
  resolve(): void;
  reject(error: unknown): void;
  /** Of the last attempt; undefined before the first one and at QoS 0. */
  messageId?: number;
  hasBeenSent: boolean;
  retry?: NodeJS.Timeout;
}

/** The connection that results go out by: no session, so what is not acknowledged is kept and sent again here. */
export function createSink(parts: SinkParts, options: SinkOptions): MqttSink {
  const { mqtt } = options;
  /** Every call that is neither resolved nor rejected. */
  const open = new Set<Publish>();
  let waiting: Publish[] = [];
  /** Sent and not answered, in the order of sending. */
  const underWay = new Set<Publish>();
  let isSending = false;
  /** One of them made the broker close the connection: they are sent one at a time until it is found. */
  let isolating = new Set<Publish>();
  /** Of the connected broker: MQTT.js forgets them while it reconnects, and heeds neither. */
  let limits: { readonly receiveMaximum: number; readonly packetBytes: number } | undefined;

  const connection = createConnection(
    {
      ...parts,
      onReady(connack) {
        limits = brokerLimits(connack);
        parts.onReady?.(client);
        parts.onState({ isConnected: true });
        sendWaiting();
      },
      onClose() {
        limits = undefined;
        takeBack();
        parts.onState({ isConnected: false });
      },
      onDisconnect(reasonCode) {
        if (reasonCode === PACKET_TOO_LARGE) isolate(reasonCode);
      },
      onFault(fault) {
        if (isUnreadablePuback(fault.cause)) isolate(fault.cause);
        parts.onState({ isConnected: client.connected, fault });
      },
    },
    {
      role: 'sink',
      broker: options.broker,
      clientId: `${mqtt.clientId}-sink`,
      protocolVersion: mqtt.protocolVersion,
      keepaliveSeconds: mqtt.keepaliveSeconds,
    },
  );
  const { client } = connection;

  function sendWaiting(): void {
    if (isSending) return; // QoS 0 is answered within `send`: one call more on the stack for each that waits
    isSending = true;
    try {
      while (limits !== undefined && underWay.size < (isolating.size > 0 ? 1 : limits.receiveMaximum)) {
        const publish = waiting.shift();
        if (publish === undefined) return;
        send(publish, limits.packetBytes);
      }
    } finally {
      isSending = false;
    }
  }

  function send(publish: Publish, maximumBytes: number): void {
    const { topic, payload, qos, properties } = publish;
    const sizeBytes = publishPacketBytes(publish, mqtt.protocolVersion);
    if (sizeBytes > maximumBytes) {
      publish.reject(tooLarge(topic, sizeBytes, maximumBytes));
      return;
    }
    if (publish.hasBeenSent) parts.observer.publishRetried();
    publish.hasBeenSent = true;
    underWay.add(publish);
    client.publish(topic, payload, { qos, properties }, (error) => answered(publish, error));
    if (qos === 1) publish.messageId = client.getLastMessageId();
  }

  function answered(publish: Publish, error: unknown): void {
    if (!underWay.delete(publish)) return; // taken back: its connection is gone
    const reasonCode = reasonCodeOf(error);
    if (error === undefined || error === null) publish.resolve();
    else if (reasonCode !== undefined && isRefusedForGood(reasonCode)) {
      publish.reject(refused(publish.topic, reasonCode, error));
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

  /** The broker closes the connection because of something that is under way, without saying of what. Alone, it is found. */
  function isolate(cause: unknown): void {
    const [only] = underWay;
    if (underWay.size === 1) only?.reject(refused(only.topic, PACKET_TOO_LARGE, cause));
    isolating = new Set([...underWay].filter((publish) => open.has(publish))); // what was given up is not sent again
  }

  /** Ours to send again, in the old order; MQTT.js is to forget them, its own resending heeds no limit. */
  function takeBack(): void {
    const lost = [...underWay];
    underWay.clear();
    for (const { messageId } of lost) if (messageId !== undefined) client.removeOutgoingMessage(messageId);
    waiting = lost.filter((publish) => open.has(publish)).concat(waiting);
  }

  function forget(publish: Publish): void {
    open.delete(publish);
    isolating.delete(publish);
    clearTimeout(publish.retry);
    waiting = waiting.filter((other) => other !== publish);
  }

  return {
    publish({ topic, payload, qos, ...properties }, signal) {
      return new Promise((resolve, reject) => {
        if (signal?.aborted === true) return reject(signal.reason);
        const onAbort = (): void => publish.reject(signal?.reason);
        const settle = (act: () => void): void => {
          forget(publish);
          signal?.removeEventListener('abort', onAbort);
          act();
        };
        const publish: Publish = {
          topic,
          payload: keptAsItIs(payload),
          qos,
          properties: toWireProperties(properties),
          backoff: createBackoff(parts.random, RETRY_BACKOFF),
          resolve: () => settle(resolve),
          reject: (error) => settle(() => reject(error)),
          hasBeenSent: false,
        };
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

function brokerLimits({ properties = {} }: IConnackPacket) {
  return {
    receiveMaximum: properties.receiveMaximum ?? DEFAULT_RECEIVE_MAXIMUM,
    packetBytes: properties.maximumPacketSize ?? LARGEST_PACKET_BYTES,
  };
}
