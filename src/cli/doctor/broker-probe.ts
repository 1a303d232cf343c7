/** What a broker does, tried on topics of doctor's own: never on a topic of pictures or results. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { MqttClient } from 'mqtt';
import type { Config } from '../../config/config.js';
import { messageOf } from '../../std/errors.js';
import { stateTopic } from '../../topics/output-topics.js';
import { brokerOf, connectBroker, type Login, type Side } from '../broker-client.js';
import { type Finding, isShared } from './broker-offer.js';

/** How long a probe may take to come back from a broker that is near. */
const RETURN_MS = 3000;
/** How long retained messages of the broker are waited for. */
const VERSION_MS = 1000;
/** How long the broker may take to end the connection whose client id another client uses. */
const TAKEOVER_MS = 1000;

/** What the broker calls itself, on mosquitto and EMQX, where this user may read it. */
export async function readVersion(client: MqttClient): Promise<string | undefined> {
  const filters = ['$SYS/broker/version', '$SYS/brokers/+/version'];
  const message = nextMessage(client, VERSION_MS, (topic) => topic.startsWith('$SYS/'));
  await client.subscribeAsync(filters, { qos: 0 }).catch(() => undefined); // in general for administrators only
  return (await message)?.toString('utf8');
}

/** Whether the retained state of a service with this client id says that it is connected. */
export async function isServiceOnline(client: MqttClient, clientId: string): Promise<boolean> {
  const topic = stateTopic(clientId);
  const message = nextMessage(client, VERSION_MS, (from) => from === topic);
  await client.subscribeAsync(topic, { qos: 0 }).catch(() => undefined);
  return /"state":"online"/.test((await message)?.toString('utf8') ?? '');
}

/** Subscribes to each filter of pictures for a moment; to shared ones never, as it would be dealt pictures of the service. */
export async function tryReadingPictures(client: MqttClient, config: Config): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const filter of config.source.topics.filter((topic) => !isShared(topic))) {
    try {
      await client.subscribeAsync(filter, { qos: 0, ...(config.mqtt.protocolVersion === 5 ? { rh: 2 } : {}) });
      await client.unsubscribeAsync(filter);
    } catch (cause) {
      const reason = messageOf(cause).replace(/^Subscribe error: /, '');
      findings.push({ kind: 'FAULT', text: `this user may not read pictures: subscription to ${filter}: ${reason}` });
    }
  }
  return findings;
}

/** Whether a message comes back by a subscription, and by a shared one if the service has any. */
export async function tryDelivery(client: MqttClient, config: Config): Promise<Finding[]> {
  const topic = `flawline/${config.mqtt.clientId}/probe`;
  const plain = await comesBack(client, topic, topic);
  if (plain !== true) {
    return [{ kind: 'note', text: `delivery was not tried, as this user may not use ${topic}: ${plain}` }];
  }
  if (!config.source.topics.some(isShared)) return [];
  const shared = await comesBack(client, `$share/flawline-doctor/${topic}`, topic);
  if (shared === true) return [];
  const text = `shared subscriptions do not deliver here (${shared}): name the topics without $share in source.topics`;
  return [{ kind: 'FAULT', text }];
}

/** True, or why not. */
async function comesBack(client: MqttClient, filter: string, topic: string): Promise<true | string> {
  const token = randomUUID();
  try {
    await client.subscribeAsync(filter, { qos: 1 });
    const message = nextMessage(client, RETURN_MS, (_topic, payload) => payload.toString('utf8') === token);
    await client.publishAsync(topic, token, { qos: 1 });
    const isBack = (await message) !== undefined;
    await client.unsubscribeAsync(filter);
    return isBack || `granted, but nothing came within ${RETURN_MS} ms`;
  } catch (cause) {
    return messageOf(cause);
  }
}

/**
 * Whether another user takes over a session by its client id: tried with the client id of doctor, as the user of the other
 * connection if that is another one, and without a user. May end the connection of `client`.
 */
export async function tryTakeover(
  client: MqttClient,
  side: Side,
  config: Config,
  clientId: string,
): Promise<Finding[]> {
  const { username } = brokerOf(config, side);
  if (username === undefined) return [];
  const other = config[side === 'mqtt' ? 'sink' : 'mqtt'];
  const logins: [string, Login][] = [['a client without a user', {}]];
  if (other.username !== undefined && other.username !== username) logins.unshift([`user ${other.username}`, other]);
  for (const [who, login] of logins) {
    const gone = new Promise<true>((resolve) => client.once('close', () => resolve(true)));
    const intruder = await connectBroker(config, side, { clientId, login }).catch(() => undefined);
    if (intruder === undefined) continue;
    const isTaken = await Promise.race([gone, delay(TAKEOVER_MS, false)]);
    client.end(true); // it would take its session back
    await intruder.client.endAsync(true);
    if (!isTaken) return [];
    const rule = 'tie each user to its client id (docs/security.md)';
    return [
      { kind: 'warning', text: `${who} can take the session of user ${username} by using its client id: ${rule}` },
    ];
  }
  return [];
}

function nextMessage(
  client: MqttClient,
  timeoutMs: number,
  isWanted: (topic: string, payload: Buffer) => boolean,
): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const finish = (payload: Buffer | undefined): void => {
      clearTimeout(timer);
      client.off('message', onMessage);
      resolve(payload);
    };
    const onMessage = (topic: string, payload: Buffer): void => {
      if (isWanted(topic, payload)) finish(payload);
    };
    const timer = setTimeout(() => finish(undefined), timeoutMs);
    client.on('message', onMessage);
  });
}
