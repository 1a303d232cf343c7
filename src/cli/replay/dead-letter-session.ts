/**
 * The session at the broker that keeps dead letters for `flawline replay`.
 *
 * Its queue is drained from front to back once. A broker sends only some messages before it wants an acknowledgement, so a
 * dead letter that stays is published to a topic of the session's own, at the back of the queue, and acknowledged in front:
 * left where it is it would hide those behind it. An end marker that is published first tells where to stop; what comes
 * later, such as the dead letter that a replayed message gives again, is for the next call.
 */
import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { MqttClient } from 'mqtt';
import type { Config } from '../../config/config.js';
import { ACKNOWLEDGE_LATER } from '../../mqtt/client-internals/puback.js';
import { createTopics } from '../../service/live-catalogue.js';
import { messageOf, ServiceError } from '../../std/errors.js';
import type { Log } from '../../std/logger.js';
import { deferred } from '../../std/promises.js';
import { type ClientOptions, connectBroker, subscribe, subscriptionFault } from '../broker-client.js';

/** After this time without a message the end marker is given up: the broker has dropped it, as it may where a queue is full. */
const QUIET_MS = 5000;
const PROOF_TIMEOUT_MS = 5000;
const END_MARKER = /^mark [0-9a-f-]{36}$/;

interface DeadLetterSessionOptions {
  readonly config: Config;
  readonly deadLetterTopic: string;
  readonly signal: AbortSignal;
}

/**
 * Calls `take` with each dead letter that is in the session at the call, one after the other. One for which it returns false,
 * or fails, stays in the session. The first call makes the session; resolves to whether it was this one.
 * @throws {ServiceError} ERR_BROKER when it cannot be reached or does not let dead letters be put back
 */
export async function drainDeadLetters(
  { config, deadLetterTopic, signal }: DeadLetterSessionOptions,
  take: (deadLetter: Buffer) => Promise<boolean>,
): Promise<boolean> {
  const session = sessionOf(config);
  const topic = returnTopicOf(config);
  const endMarker = newEndMarker();
  const { client: keeper } = await connectBroker(config, 'deadLetter', {
    clientId: `${session.clientId}-${randomUUID().slice(0, 8)}`,
  });
  let lastAtMs = performance.now();
  let isOver = false;
  const begun = deferred();
  const putBack = new Set<string>();

  async function handle(from: string, bytes: Buffer): Promise<void> {
    await begun.promise;
    const digest = createHash('sha256').update(bytes).digest('hex');
    isOver ||= from === topic && putBack.has(digest); // the end marker was dropped
    if (isOver) throw ACKNOWLEDGE_LATER;
    const text = bytes.length > endMarker.length ? '' : bytes.toString();
    isOver = text === endMarker;
    if (END_MARKER.test(text) || (await take(bytes))) return;
    putBack.add(digest);
    await keeper.publishAsync(topic, bytes, { qos: 1 });
  }

  const handleMessage: MqttClient['handleMessage'] = (packet, done) => {
    const handled = handle(packet.topic, Buffer.from(packet.payload)).finally(() => {
      lastAtMs = performance.now();
    });
    handled.then(
      () => done(),
      () => done(ACKNOWLEDGE_LATER), // its place in the session stays its own
    );
  };

  try {
    const isNew = await makeDeadLetterSession(config, deadLetterTopic);
    await proveReturn(keeper, topic);
    const { client: reader } = await connectBroker(config, 'deadLetter', { ...session, handleMessage });
    try {
      await keeper.publishAsync(topic, endMarker, { qos: 1 }); // before anything is put back
      begun.resolve();
      while (!signal.aborted && !isOver && performance.now() - lastAtMs < QUIET_MS) await delay(20);
    } finally {
      await reader.endAsync();
    }
    return isNew;
  } finally {
    await keeper.endAsync();
  }
}

/**
 * Makes the session that keeps dead letters, or renews it: the broker forgets it mqtt.sessionExpirySeconds after the last
 * connection. This connection acknowledges nothing: the SUBACK would wait behind the dead letters that come with its CONNACK.
 * Resolves to whether the session is a new one.
 */
async function makeDeadLetterSession(config: Config, deadLetterTopic: string): Promise<boolean> {
  const handleMessage: MqttClient['handleMessage'] = (_packet, done) => done(ACKNOWLEDGE_LATER);
  const options = { ...sessionOf(config), handleMessage, receiveMaximum: 1 };
  const { client, connack } = await connectBroker(config, 'deadLetter', options);
  try {
    const refusals = await subscribe(client, [deadLetterTopic, returnTopicOf(config)]);
    if (refusals.length > 0) throw subscriptionFault('keep dead letters', refusals);
    return !connack.sessionPresent;
  } finally {
    await client.endAsync();
  }
}

function sessionOf({ mqtt }: Config): ClientOptions {
  return { clientId: `${mqtt.clientId}-replay`, sessionExpirySeconds: mqtt.sessionExpirySeconds };
}

/** Where dead letters go that stay in the session: to the back of its queue. */
function returnTopicOf({ mqtt }: Config): string {
  return `flawline/${mqtt.clientId}/replay`;
}

/** A broker may drop in silence what it forbids (MQTT 3.1.1): a dead letter that is put back must not be lost like that. */
async function proveReturn(client: MqttClient, topic: string): Promise<void> {
  const deadline = AbortSignal.timeout(PROOF_TIMEOUT_MS);
  try {
    const returned = new Promise<void>((resolve, reject) => {
      client.once('message', () => resolve());
      deadline.addEventListener('abort', () => reject(new Error(`nothing came back within ${PROOF_TIMEOUT_MS} ms`)));
    });
    returned.catch(() => undefined); // awaited below, or told by what failed before
    await client.subscribeAsync(topic, { qos: 1 });
    await client.publishAsync(topic, newEndMarker(), { qos: 1 });
    await returned;
    await client.unsubscribeAsync(topic);
  } catch (cause) {
    throw refused(topic, cause);
  }
}

function newEndMarker(): string {
  return `mark ${randomUUID()}`;
}

function refused(topics: string, cause: unknown): ServiceError {
  const why = messageOf(cause);
  const rule = `the broker must allow it to subscribe to and publish on its topics: ${topics}: ${why}`;
  return new ServiceError('ERR_BROKER', `Cannot keep dead letters as ${rule}`, { cause });
}

// Dead letters are kept for `flawline replay` from the first start of the service on, not from the first replay on.

const RETRY_MS = 60_000;
/** The session is renewed long before it expires; more often than twice a day is of no use. */
const LONGEST_MS = 12 * 3_600_000;

/**
 * Makes the session that keeps them, and renews it until `signal` aborts. How much is kept is bounded by the broker's limit of
 * a queue and by deadLetter.maxPayloadBytes. Never rejects: a service that cannot keep dead letters still works.
 */
export async function keepDeadLetters(config: Config, log: Log, signal: AbortSignal): Promise<void> {
  const { onStop, sessionExpirySeconds } = config.mqtt;
  if (!config.deadLetter.keep) return;
  if (onStop === 'retire' || sessionExpirySeconds === 0) {
    log.info(
      { onStop, sessionExpirySeconds },
      'dead letters are not kept for flawline replay, as no session outlives the service',
    );
    return;
  }
  const renewMs = Math.min((sessionExpirySeconds * 1000) / 2, LONGEST_MS);
  let lastFault = '';
  while (!signal.aborted) {
    const fault = await makeDeadLetterSession(config, createTopics(config).deadLetter).then(
      (isNew) => {
        if (isNew) log.info({}, 'the broker keeps dead letters for flawline replay from now on');
      },
      (error: unknown) => messageOf(error),
    );
    if (fault !== undefined && fault !== lastFault) {
      log.warn({}, `dead letters are not kept for flawline replay: ${fault}. deadLetter.keep: false stops trying`);
    }
    lastFault = fault ?? '';
    await delay(fault === undefined ? renewMs : RETRY_MS, undefined, { signal }).catch(() => undefined);
  }
}
