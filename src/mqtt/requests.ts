/**
 * Requests by MQTT 5: a picture on `flawline/<clientId>/request/infer` is answered on the response topic that it names.
 * On the sink's connection, which keeps no session: who asks while the service is away gets no answer, rather than a
 * late one.
 */

import type { IPublishPacket, MqttClient } from 'mqtt';
import type { OutgoingMessage } from '../domain/delivery.js';
import type { Sink } from '../pipeline/ports.js';
import { defined } from '../std/defined.js';
import { isTopicName } from '../topics/topic.js';
import { createSideTask, type SinkCompanion } from './companions.js';
import { toIncoming } from './incoming.js';
import type { Log } from './observer.js';

export interface MqttRequest {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly user: readonly (readonly [string, string])[];
}

export interface RequestListenerParts {
  readonly log: Log;
  /** Resolves to the answer as JSON, also when that is a refusal; never rejects. */
  readonly answer: (request: MqttRequest) => Promise<object>;
  readonly publish: Sink['publish'];
}

export interface RequestListenerOptions {
  readonly topic: string;
  /** Where answers may go. */
  readonly isReplyAllowed: (topic: string) => boolean;
}

/** Whoever asked has stopped waiting by then; and answers that nobody takes must not pile up. */
const ANSWER_TIMEOUT_MS = 30_000;

export function requestTopic(clientId: string): string {
  return `flawline/${clientId}/request/infer`;
}

/**
 * Subscribes at each connection. A broker that does not grant it, or closes the connection for it, changes nothing
 * else.
 */
export function createRequestListener(parts: RequestListenerParts, options: RequestListenerOptions): SinkCompanion {
  const { log } = parts;
  const listening = new WeakSet<MqttClient>();
  const { topic } = options;
  let hasToldRefusal = false;
  const task = createSideTask(() =>
    log.warn(
      { topic },
      'the broker closes the connection at the subscription to requests by MQTT: they are off until the next start (requests.enabled: false turns them off)',
    ),
  );

  /** Resolves when the broker has answered, or the connection is lost. */
  function subscribe(client: MqttClient): Promise<void> {
    return new Promise((resolve) => {
      // Retain handling 2: a retained request is none, it would be asked at every connection.
      client.subscribe(topic, { qos: 1, rh: 2 }, (error, grants = []) => {
        resolve();
        // Without a packet the error is not the broker's: the connection was closed first.
        if (error === null || ('packet' in error && error.packet !== undefined)) task.answered();
        else return;
        if (error === null && grants.every(({ qos }) => qos < 0x80)) return;
        log.info(
          { topic, reason: error?.message },
          'the broker does not grant the subscription to requests by MQTT: there are none, all else goes on',
        );
      });
    });
  }

  async function answer(packet: IPublishPacket): Promise<void> {
    const { payload, properties } = toIncoming(packet, topic);
    const { responseTopic, correlationData, user } = properties;
    if (packet.retain || responseTopic === undefined) return;
    if (!isTopicName(responseTopic) || !options.isReplyAllowed(responseTopic)) {
      // Once: whoever sends them could fill the log.
      log[hasToldRefusal ? 'debug' : 'warn'](
        { responseTopic },
        'a request is dropped as reply.allow does not allow its response topic',
      );
      hasToldRefusal = true;
      return;
    }
    const body = await parts.answer({ topic, payload, user });
    const message: OutgoingMessage = {
      topic: responseTopic,
      payload: Buffer.from(JSON.stringify(body)),
      qos: 1,
      contentType: 'application/json',
      isText: true,
      user: [],
      ...defined({ correlationData }),
    };
    await parts.publish(message, AbortSignal.timeout(ANSWER_TIMEOUT_MS));
  }

  function listen(client: MqttClient): void {
    if (listening.has(client)) return;
    listening.add(client);
    client.on('message', (_topic, _payload, packet) => {
      answer(packet).catch((err: unknown) => log.debug({ err }, 'a request is not answered'));
    });
  }

  return {
    onReady(client) {
      listen(client);
      if (task.atReady()) void subscribe(client);
    },
    onProved: (client) => (task.atProved() ? subscribe(client) : undefined),
    onClosed: () => task.closed(),
  };
}
