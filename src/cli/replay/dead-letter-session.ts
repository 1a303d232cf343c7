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
import { ACKNOWLEDGE_LATER } from '../../mqtt/client-internals/puback.js';
import type { BrokerOptions, MqttOptions } from '../../mqtt/options.js';
import { connectTool } from '../../mqtt/tool-client.js';
import { messageOf, ServiceError } from '../../std/errors.js';
import { deferred } from '../../std/promises.js';

/** After this time without a message the end marker is given up: the broker has dropped it, as it may where a queue is full. */
const QUIET_MS = 5000;
const PROOF_TIMEOUT_MS = 5000;
const END_MARKER = /^mark [0-9a-f-]{36}$/;

export interface DeadLetterSessionOptions {
  readonly broker: BrokerOptions;
  readonly mqtt: MqttOptions;
  readonly deadLetterTopic: string;
  readonly signal: AbortSignal;
}

/**
 * Calls `take` with each dead letter that is in the session at the call, one after the other. One for which it returns false,
 * or fails, stays in the session. The first call makes the session.
 * @throws {ServiceError} ERR_BROKER when it cannot be reached or does not let dead letters be put back
 */
export async function drainDeadLetters(
  { broker, mqtt, deadLetterTopic, signal }: DeadLetterSessionOptions,
  take: (deadLetter: Buffer) => Promise<boolean>,
): Promise<void> {
  const { protocolVersion, sessionExpirySeconds } = mqtt;
  const clientId = `${mqtt.clientId}-replay`;
  const session = { broker, protocolVersion, clientId, sessionExpirySeconds };
  const topic = `flawline/${mqtt.clientId}/replay`;
  const endMarker = newEndMarker();
  const keeper = await connectTool({ broker, protocolVersion, clientId: `${clientId}-${randomUUID().slice(0, 8)}` });
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
    await subscribeSession({ ...session, topics: [deadLetterTopic, topic] });
    await proveReturn(keeper, topic);
    const reader = await connectTool({ ...session, handleMessage });
    try {
      await keeper.publishAsync(topic, endMarker, { qos: 1 }); // before anything is put back
      begun.resolve();
      while (!signal.aborted && !isOver && performance.now() - lastAtMs < QUIET_MS) await delay(20);
    } finally {
      await reader.endAsync();
    }
  } finally {
    await keeper.endAsync();
  }
}

type SessionOptions = Omit<Parameters<typeof connectTool>[0], 'handleMessage'> & { readonly topics: string[] };

/** In a connection that acknowledges nothing: the SUBACK would wait behind the dead letters that come with its CONNACK. */
async function subscribeSession({ topics, ...session }: SessionOptions): Promise<void> {
  const client = await connectTool({ ...session, handleMessage: (_packet, done) => done(ACKNOWLEDGE_LATER) });
  try {
    await client.subscribeAsync(topics, { qos: 1 });
  } catch (cause) {
    throw refused(topics.join(', '), cause);
  } finally {
    await client.endAsync();
  }
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
