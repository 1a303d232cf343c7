/** A short-lived client for the commands that publish and subscribe beside the service. */
import { connect, type IClientOptions, type IConnackPacket, type MqttClient } from 'mqtt';
import { messageOf, ServiceError } from '../std/errors.js';
import { readEndpoint } from './endpoint.js';
import type { BrokerOptions, MqttOptions } from './options.js';

export interface ToolClientOptions {
  readonly broker: BrokerOptions;
  readonly protocolVersion: MqttOptions['protocolVersion'];
  readonly clientId: string;
  /** Keeps a session at the broker between calls. */
  readonly sessionExpirySeconds?: number;
  /** Called with each packet before it is acknowledged; see MQTT.js. */
  readonly handleMessage?: MqttClient['handleMessage'];
}

const CONNECT_TIMEOUT_MS = 5000;

/** Connects to the first URL that answers. @throws {ServiceError} ERR_BROKER when none does, with every reason */
export async function connectTool(options: ToolClientOptions): Promise<MqttClient> {
  return (await openTool(options)).client;
}

/** The same, with what the broker said of its limits. */
export async function openTool(
  options: ToolClientOptions,
): Promise<{ readonly client: MqttClient; readonly connack: IConnackPacket }> {
  const reasons: string[] = [];
  for (const url of options.broker.url) {
    try {
      return await open(options, url);
    } catch (cause) {
      if (cause instanceof ServiceError) throw cause;
      reasons.push(`${url}: ${reasonOf(cause)}`);
    }
  }
  throw new ServiceError('ERR_BROKER', `Cannot connect as a broker must answer at mqtt.url: ${reasons.join('; ')}`);
}

/** What a publish of such a client that failed is called. */
export function publishFault(topic: string, cause: unknown): ServiceError {
  const rule = `the broker must take what is published on ${topic}`;
  return new ServiceError('ERR_BROKER', `Cannot publish as ${rule}: ${reasonOf(cause)}`, { cause });
}

function open(options: ToolClientOptions, url: string): Promise<{ client: MqttClient; connack: IConnackPacket }> {
  const settings = { ...clientOptions(options), ...readEndpoint(options.broker, url) } as IClientOptions;
  return new Promise((resolve, reject) => {
    const client = connect(settings);
    if (options.handleMessage) client.handleMessage = options.handleMessage;
    const fail = (cause: unknown): void => {
      client.end(true);
      reject(cause);
    };
    const timer = setTimeout(() => fail(new Error(`no answer within ${CONNECT_TIMEOUT_MS} ms`)), CONNECT_TIMEOUT_MS);
    client.once('error', fail);
    client.once('connect', (connack) => {
      clearTimeout(timer);
      client.off('error', fail);
      client.on('error', () => undefined); // it reconnects by itself; publishes wait
      resolve({ client, connack });
    });
  });
}

function clientOptions({ clientId, protocolVersion, sessionExpirySeconds }: ToolClientOptions): IClientOptions {
  const keeps = sessionExpirySeconds !== undefined;
  return {
    clientId,
    protocolVersion,
    clean: !keeps,
    reconnectPeriod: 1000,
    ...(keeps && protocolVersion === 5 ? { properties: { sessionExpiryInterval: sessionExpirySeconds } } : {}),
  };
}

function reasonOf(cause: unknown): string {
  if (cause instanceof AggregateError) return cause.errors.map((each) => reasonOf(each)).join(', ');
  return messageOf(cause);
}
