import { setTimeout as delay } from 'node:timers/promises';
import type { IClientSubscribeOptions, ISubscriptionGrant, MqttClient } from 'mqtt';
import { createBackoff } from '../std/backoff.js';
import { messageOf, ServiceError, toServiceError } from '../std/errors.js';
import { deferred } from '../std/promises.js';
import { topicsOfState } from '../topics/output-topics.js';
import { createSideTask } from './companions.js';
import type { Log } from './observer.js';
import { type OverlapPlan, subscriptionIdentifier } from './overlap.js';

const RETRY_BACKOFF = { firstMs: 1_000, limitMs: 15_000 };
/** A retained message that has not come by then is not there. */
const STATE_TIMEOUT_MS = 2_000;
const FIRST_FAILURE = 0x80;

export interface SubscriptionParts {
  readonly client: MqttClient;
  readonly log: Log;
  readonly random: () => number;
  onSubscribed(): void;
  /**
   * Filters of a former configuration are dealt with: the retained state may be overwritten. `left` are still in the
   * session.
   */
  onFormerLeft(left: readonly string[]): void;
  /** Not every filter was granted; tried again while the connection lasts. */
  onRefused(error: ServiceError): void;
}

export interface SubscriptionOptions {
  readonly plan: OverlapPlan;
  readonly protocolVersion: 4 | 5;
  readonly qos: 0 | 1;
  /** Where the retained state of this client id stands. */
  readonly stateTopic: string;
  /** Whether there is one. */
  readonly hasState: () => boolean;
  /** Whether subscriptions can have identifiers. */
  readonly hasIdentifiers: () => boolean;
}

export interface Subscription {
  /** At every connection, also when the session is present: its filters may be those of a former configuration. */
  start(sessionPresent: boolean): void;
  /** The connection has proved to work. */
  proved(): void;
  closed(): void;
  /** The retained state, as it comes in. */
  readState(payload: Uint8Array): void;
  /** No further attempt. */
  stop(): void;
  /** Unsubscribes for good. Rejects when the connection is lost meanwhile. */
  leave(): Promise<void>;
}

export function createSubscription(parts: SubscriptionParts, options: SubscriptionOptions): Subscription {
  const { client, log } = parts;
  const topics = options.plan.subscribed;
  const toldRefusals = new Set<string>();
  const backoff = createBackoff(parts.random, RETRY_BACKOFF);
  let retry: NodeJS.Timeout | undefined;
  let hasLeft = false;
  /** Whether filters of a former configuration may be in the session: asked once, at the first connection. */
  let mayHaveFormer = true;
  /** What the retained state of a former process says; there may be none. */
  let former = deferred<string[]>();
  /** What the broker did not unsubscribe. */
  let left: string[] = [];
  let sessionIsPresent = false;
  const query = createSideTask(() =>
    log.warn(
      { topic: options.stateTopic },
      'the broker closes the connection at the subscription to our own state: filters of a former configuration, if there are any, stay in the session',
    ),
  );

  async function subscribe(sessionPresent: boolean): Promise<void> {
    const connection = client.stream;
    try {
      // Retain handling 1: a retained picture is not inspected again at each connection. 3.1.1 has no such option.
      const grants = await subscribeAll();
      const weaker = grants.filter((grant) => grant.qos < options.qos).map((grant) => grant.topic);
      if (weaker.length > 0) log.warn({ topics: weaker }, 'the broker grants a lower QoS: messages may be lost');
      backoff.reset();
      sessionIsPresent = sessionPresent;
      const isToAsk = sessionPresent && mayHaveFormer && options.hasState() && !query.isOff;
      // Else it is asked when the connection has proved to work.
      if (!isToAsk || query.atReady()) await leaveFormer(isToAsk);
      toldRefusals.clear();
      if (client.stream === connection && client.connected) parts.onSubscribed();
    } catch (cause) {
      if (hasLeft || client.stream !== connection || !client.connected) return; // the next connection tries again
      const error = toServiceError(cause, 'ERR_BROKER');
      log[toldRefusals.has(error.message) ? 'debug' : 'error']({ err: error }, error.message);
      toldRefusals.add(error.message);
      parts.onRefused(error);
      retry = setTimeout(() => start(sessionPresent), backoff.next());
    }
  }

  /** @throws {ServiceError} ERR_BROKER that names what the broker refuses */
  async function ask(filters: readonly string[], subscribe: IClientSubscribeOptions): Promise<ISubscriptionGrant[]> {
    try {
      return await client.subscribeAsync([...filters], subscribe);
    } catch (cause) {
      const isAnswered = cause instanceof Error && 'packet' in cause;
      const packet = isAnswered ? (cause.packet as { granted?: readonly number[] } | undefined) : undefined;
      const codes = packet?.granted ?? [];
      throw refusal(
        cause,
        filters.filter((_filter, index) => Number(codes[index] ?? FIRST_FAILURE) >= FIRST_FAILURE),
      );
    }
  }

  /** In one packet, unless they overlap and the broker can say by which of them a message comes. */
  async function subscribeAll(): Promise<ISubscriptionGrant[]> {
    const subscribe = { qos: options.qos, rh: 1 } as const;
    if (options.plan.pairs.length === 0 || options.protocolVersion === 4 || !options.hasIdentifiers()) {
      return await ask(topics, subscribe);
    }
    const answers = topics.map((topic) =>
      ask([topic], {
        ...subscribe,
        properties: { subscriptionIdentifier: subscriptionIdentifier(topic) },
      }),
    );
    await Promise.allSettled(answers); // all are answered before one that is refused is told
    return (await Promise.all(answers)).flat();
  }

  /**
   * Unsubscribes the filters that a former process left in the session and that are configured no more. No request of
   * MQTT lists them; the retained state does, which lives and dies at the broker as the session does. Some brokers send
   * it later than their answer to the subscription, and than that to its end.
   */
  async function leaveFormer(isToAsk: boolean): Promise<void> {
    const connection = client.stream;
    try {
      if (isToAsk) left = (await askFormer()).filter((topic) => !topics.includes(topic));
      if (left.length > 0) await leaveTopics(left);
      mayHaveFormer = false;
    } catch (err) {
      if (client.stream !== connection || !client.connected) return;
      log.warn(
        { err, topics: left },
        'filters of a former configuration stay in the session until the next connection',
      );
    }
    parts.onFormerLeft(left);
  }

  async function askFormer(): Promise<string[]> {
    await client.subscribeAsync(options.stateTopic, { qos: 0, rh: 0 });
    query.answered();
    const limit = new AbortController();
    const found = await Promise.race([
      former.promise,
      delay(STATE_TIMEOUT_MS, undefined, { signal: limit.signal }).catch(() => undefined),
    ]);
    limit.abort();
    await client.unsubscribeAsync(options.stateTopic);
    return found ?? [];
  }

  /** @throws when the broker keeps one of them */
  async function leaveTopics(former: readonly string[]): Promise<void> {
    const answer = await client.unsubscribeAsync([...former]);
    const codes = answer !== undefined && 'granted' in answer && Array.isArray(answer.granted) ? answer.granted : [];
    left = former.filter((_topic, index) => Number(codes[index] ?? 0) >= FIRST_FAILURE);
    const gone = former.filter((topic) => !left.includes(topic));
    if (gone.length > 0) log.info({ topics: gone }, 'unsubscribed from topics of a former configuration');
    if (left.length > 0) throw new Error(`the broker does not unsubscribe ${left.join(', ')}`);
  }

  function start(sessionPresent: boolean): void {
    clearTimeout(retry);
    if (!hasLeft) void subscribe(sessionPresent);
  }

  return {
    start,
    proved() {
      if (sessionIsPresent && mayHaveFormer && options.hasState() && query.atProved()) void leaveFormer(true);
    },
    closed() {
      query.closed();
      former = deferred();
      sessionIsPresent = false;
    },
    readState: (payload) => former.resolve(topicsOfState(payload)),
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

function refusal(cause: unknown, filters: readonly string[]): ServiceError {
  const text = `Cannot subscribe as the broker must grant every topic filter of source.topics: ${filters.join(', ')}: ${messageOf(cause)}`;
  return new ServiceError('ERR_BROKER', text, { cause, details: { topics: filters.join(', ') } });
}
