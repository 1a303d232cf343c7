import type { MqttClient } from 'mqtt';
import { createBackoff } from '../std/backoff.js';
import { messageOf, ServiceError } from '../std/errors.js';
import { topicsOfState } from '../topics/output-topics.js';
import type { Log } from './observer.js';

const RETRY_BACKOFF = { firstMs: 1_000, limitMs: 15_000 };

export interface SubscriptionParts {
  readonly client: MqttClient;
  readonly log: Log;
  readonly random: () => number;
  onSubscribed(): void;
  /** Not every filter was granted; tried again while the connection lasts. */
  onRefused(error: ServiceError): void;
}

export interface SubscriptionOptions {
  readonly topics: readonly string[];
  readonly qos: 0 | 1;
  /** Where the retained state of this client id stands; absent: there is none. */
  readonly stateTopic?: string;
}

export interface Subscription {
  /** At every connection, also when the session is present: its filters may be those of a former configuration. */
  start(sessionPresent: boolean): void;
  /** The retained state, as it comes in. */
  readState(payload: Uint8Array): void;
  /** No further attempt. */
  stop(): void;
  /** Unsubscribes for good. Rejects when the connection is lost meanwhile. */
  leave(): Promise<void>;
}

export function createSubscription(parts: SubscriptionParts, options: SubscriptionOptions): Subscription {
  const { client, log } = parts;
  const { topics } = options;
  const backoff = createBackoff(parts.random, RETRY_BACKOFF);
  let retry: NodeJS.Timeout | undefined;
  let hasLeft = false;
  /** Whether filters of a former configuration may be in the session: asked once, at the first connection. */
  let mayHaveFormer = true;
  let former: string[] = [];

  async function subscribe(sessionPresent: boolean): Promise<void> {
    const connection = client.stream;
    try {
      // Retain handling 1: a retained picture is not inspected again at each connection. 3.1.1 has no such option.
      const grants = await client.subscribeAsync([...topics], { qos: options.qos, rh: 1 });
      const weaker = grants.filter((grant) => grant.qos < options.qos).map((grant) => grant.topic);
      if (weaker.length > 0) log.warn({ topics: weaker }, 'the broker grants a lower QoS: messages may be lost');
      if (sessionPresent && mayHaveFormer && options.stateTopic !== undefined) await leaveFormer(options.stateTopic);
      mayHaveFormer = false;
      backoff.reset();
      parts.onSubscribed();
    } catch (cause) {
      if (hasLeft || client.stream !== connection || !client.connected) return; // the next connection tries again
      parts.onRefused(refusal(cause));
      retry = setTimeout(() => start(sessionPresent), backoff.next());
    }
  }

  /**
   * Unsubscribes the filters that a former process left in the session and that are configured no more. No request of
   * MQTT lists them; the retained state does, which lives and dies at the broker as the session does.
   */
  async function leaveFormer(stateTopic: string): Promise<void> {
    try {
      await client.subscribeAsync(stateTopic, { qos: 0, rh: 0 });
      await client.unsubscribeAsync(stateTopic); // answered after the retained message was sent
      const left = former.filter((topic) => !topics.includes(topic));
      if (left.length === 0) return;
      await client.unsubscribeAsync(left);
      log.info({ topics: left }, 'unsubscribed from topics of a former configuration');
    } catch (err) {
      if (!client.connected) throw err;
      log.warn({ err }, 'filters of a former configuration, if there are any, stay in the session');
    }
  }

  function start(sessionPresent: boolean): void {
    clearTimeout(retry);
    if (!hasLeft) void subscribe(sessionPresent);
  }

  return {
    start,
    readState(payload) {
      former = topicsOfState(payload);
    },
    stop() {
      hasLeft = true;
      clearTimeout(retry);
    },
    async leave() {
      this.stop();
      await client.unsubscribeAsync([...topics]);
    },
  };
}

function refusal(cause: unknown): ServiceError {
  const text = messageOf(cause);
  return new ServiceError('ERR_BROKER', `Cannot subscribe as the broker must grant every topic filter: ${text}`, {
    cause,
  });
}
