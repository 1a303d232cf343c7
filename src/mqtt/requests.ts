/**
 * Requests by MQTT 5: a picture on `flawline/<clientId>/request/infer` is answered on the response topic that it names. On the
 * sink's connection, which keeps no session: who asks while the service is away gets no answer, rather than a late one.
 */

import type { IPublishPacket, MqttClient } from 'mqtt';
import { defined } from '../std/defined.js';
import { isTopicName } from '../topics/topic.js';
import { toIncoming } from './incoming.js';
import type { Log } from './observer.js';
import type { PublishOptions } from './publish.js';

export interface MqttRequest {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly user: readonly (readonly [string, string])[];
}

export interface RequestListenerParts {
  readonly client: MqttClient;
  readonly log: Log;
  /** Resolves to the answer as JSON, also when that is a refusal; never rejects. */
  readonly answer: (request: MqttRequest) => Promise<object>;
  readonly publish: (topic: string, payload: Uint8Array, options: PublishOptions) => Promise<void>;
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

/** Subscribes at every connection. A broker that does not grant it changes nothing else. */
export function listenForRequests(parts: RequestListenerParts, options: RequestListenerOptions): void {
  const { client, log } = parts;
  const { topic } = options;
  let hasToldRefusal = false;

  function subscribe(): void {
    // Retain handling 2: a retained request is none, it would be asked at every connection.
    client.subscribe(topic, { qos: 1, rh: 2 }, (error, grants = []) => {
      if (error || grants.some(({ qos }) => qos >= 0x80)) log.info({ topic, err: error }, 'requests are not granted');
    });
  }

  async function take(packet: IPublishPacket): Promise<void> {
    const { payload, properties } = toIncoming(packet, topic);
    const { responseTopic, correlationData, user } = properties;
    if (packet.retain || responseTopic === undefined) return;
    if (!isTopicName(responseTopic) || !options.isReplyAllowed(responseTopic)) {
      // Once: whoever sends them could fill the log.
      log[hasToldRefusal ? 'debug' : 'warn']({ responseTopic }, 'a response topic that reply.allow does not allow');
      hasToldRefusal = true;
      return;
    }
    const answer = await parts.answer({ topic, payload, user });
    await parts.publish(responseTopic, Buffer.from(JSON.stringify(answer)), {
      qos: 1,
      retain: false,
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
      properties: {
        contentType: 'application/json',
        isText: true,
        ...defined({ correlationData }),
      },
    });
  }

  client.on('connect', subscribe);
  client.on('message', (_topic, _payload, packet) => {
    take(packet).catch((err: unknown) => log.debug({ err }, 'a request is not answered'));
  });
}
