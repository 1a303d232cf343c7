/** The connections of `verify`: one publishes pictures, others bring what becomes of them. */
import { randomUUID } from 'node:crypto';
import type { Config } from '../../config/config.js';
import { settlesWithin } from '../../std/promises.js';
import { type BrokerClient, connectBroker, type Side, tellLost } from '../broker-client.js';
import type { CommandIo } from '../command.js';

/** How long the broker keeps what comes while a connection is lost. */
const SESSION_SECONDS = 120;
const END_TIMEOUT_MS = 1000;

export interface VerifyClients {
  readonly publisher: BrokerClient;
  /** Brings results; may be connected to another broker. */
  readonly collector: BrokerClient['client'];
  /** Brings dead letters; may be the same. */
  readonly letters: BrokerClient['client'];
  /** Ends them, and their sessions at the broker. */
  end(): Promise<void>;
}

/** @throws {ServiceError} ERR_BROKER when a broker does not answer */
export async function connectClients(config: Config, io: Pick<CommandIo, 'stderr'>): Promise<VerifyClients> {
  const endings: (() => unknown)[] = [];
  const clientIdFor = (role: string) => `${config.mqtt.clientId}-${role}-${randomUUID().slice(0, 8)}`;
  async function openCollector(side: Side, role: string): Promise<BrokerClient['client']> {
    // By MQTT 3.1.1 the session of a command that is killed would stay for ever.
    const session = config.mqtt.protocolVersion === 5 ? { sessionExpirySeconds: SESSION_SECONDS } : {};
    const broker = await connectBroker(config, side, { clientId: clientIdFor(role), ...session });
    endings.push(tellLost(broker, io), () => endSession(broker.client));
    return broker.client;
  }
  const end = async (): Promise<void> => void (await Promise.all(endings.map((each) => each())));
  try {
    const publisher = await connectBroker(config, 'mqtt', { clientId: clientIdFor('verify') });
    // By force, as a broker that is away or frozen would not let it go; what it owes was waited for.
    endings.push(tellLost(publisher, io), () => publisher.client.endAsync(true));
    const collector = await openCollector('sink', 'verified');
    const letters = config.deadLetter.sink === undefined ? collector : await openCollector('deadLetter', 'letters');
    return { publisher, collector, letters, end };
  } catch (error) {
    await end();
    throw error;
  }
}

async function endSession(client: BrokerClient['client']): Promise<void> {
  if (!client.connected) return await client.endAsync(true);
  const ended = client.endAsync(false, { properties: { sessionExpiryInterval: 0 } }).catch(() => undefined);
  if (!(await settlesWithin(ended, END_TIMEOUT_MS))) client.stream.destroy();
}
