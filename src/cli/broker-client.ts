/** A short-lived client for the commands that publish and subscribe beside the service. */
import { connect, type IClientOptions, type IConnackPacket, type MqttClient } from 'mqtt';
import type { Config } from '../config/config.js';
import { readAnyReasonCode } from '../mqtt/client-internals/puback.js';
import { ClosedBeforeConnack, describeConnectFault } from '../mqtt/connect-fault.js';
import { readEndpoint } from '../mqtt/endpoint.js';
import type { BrokerOptions } from '../mqtt/options.js';
import { defined } from '../std/defined.js';
import { messageOf, ServiceError } from '../std/errors.js';
import type { CommandIo } from './command.js';

export type Login = Pick<BrokerOptions, 'username' | 'password' | 'passwordFile'>;

export interface ClientOptions {
  readonly clientId: string;
  /** Keeps a session at the broker between calls. */
  readonly sessionExpirySeconds?: number;
  /** How many messages the broker may send before one is acknowledged; MQTT 5 only. */
  readonly receiveMaximum?: number;
  /** Called with each packet before it is acknowledged; see MQTT.js. */
  readonly handleMessage?: MqttClient['handleMessage'];
  /** In place of the credentials of the configuration; empty: none. */
  readonly login?: Login;
}

export interface BrokerClient {
  readonly client: MqttClient;
  /** The URL that answered. */
  readonly url: string;
  /** What the broker said of its limits. */
  readonly connack: IConnackPacket;
  readonly protocolVersion: 4 | 5;
}

/** Of the brokers in the configuration, which may be one: where pictures come from, where results and where dead letters go. */
export type Side = 'mqtt' | 'sink' | 'deadLetter';

export function brokerOf(config: Config, side: Side): BrokerOptions {
  return side === 'deadLetter' ? config.deadLetter.broker : config[side];
}

const CONNECT_TIMEOUT_MS = 5000;

/** Connects to the first URL that answers. @throws {ServiceError} ERR_BROKER when none does, with every reason */
export async function connectBroker(config: Config, side: Side, options: ClientOptions): Promise<BrokerClient> {
  const { protocolVersion } = config.mqtt;
  const reasons: string[] = [];
  for (const url of brokerOf(config, side).url) {
    try {
      return await open(config, { side, url }, options);
    } catch (cause) {
      if (cause instanceof ServiceError) throw cause;
      reasons.push(`${url}: ${describeConnectFault(cause, { url, protocolVersion, extraClientId: options.clientId })}`);
    }
  }
  throw new ServiceError('ERR_BROKER', `Cannot connect to the broker of ${side}.url: ${reasons.join('; ')}`);
}

export interface RefusedSubscription {
  readonly filter: string;
  readonly reason: string;
}

/**
 * Subscribes to each filter on its own, and again at each new connection. Resolves to those that the broker refuses, or closes
 * the connection over.
 */
export async function subscribe(client: MqttClient, filters: readonly string[]): Promise<RefusedSubscription[]> {
  const refused: RefusedSubscription[] = [];
  for (const filter of filters) {
    try {
      await client.subscribeAsync(filter, { qos: 1 });
      client.on('connect', () => client.subscribe(filter, { qos: 1 }));
    } catch (cause) {
      refused.push({ filter, reason: messageOf(cause).replace(/^Subscribe error: /, '') });
    }
  }
  return refused;
}

/** What a command says that cannot do without these subscriptions. */
export function subscriptionFault(action: string, refused: readonly RefusedSubscription[]): ServiceError {
  const filters = refused.map(({ filter, reason }) => `${filter} (${reason})`).join(', ');
  return new ServiceError('ERR_BROKER', `Cannot ${action} as the broker must allow the subscription: ${filters}`);
}

/** Says on standard error when the connection is lost and when it is there again. Returns what stops it. */
export function tellLost({ client, url }: BrokerClient, io: Pick<CommandIo, 'stderr'>): () => void {
  let isLost = false;
  const onClose = (): void => {
    if (!isLost) io.stderr(`the connection to ${url} is lost; trying again\n`);
    isLost = true;
  };
  const onConnect = (): void => {
    if (isLost) io.stderr(`connected to ${url} again\n`);
    isLost = false;
  };
  client.on('close', onClose);
  client.on('connect', onConnect);
  return () => {
    client.off('close', onClose);
    client.off('connect', onConnect);
  };
}

function open(config: Config, at: { side: Side; url: string }, options: ClientOptions): Promise<BrokerClient> {
  const { username, password, passwordFile, ...broker } = brokerOf(config, at.side);
  const login = options.login ?? defined({ username, password, passwordFile });
  const endpoint = readEndpoint({ ...broker, ...login }, at.url);
  const settings = { ...clientOptions(config, options), ...endpoint } as IClientOptions;
  readAnyReasonCode();
  return new Promise((resolve, reject) => {
    const client = connect(settings);
    if (options.handleMessage) client.handleMessage = options.handleMessage;
    const fail = (cause: unknown): void => {
      clearTimeout(timer);
      client.end(true);
      reject(cause);
    };
    const onClose = () => fail(new ClosedBeforeConnack());
    const timer = setTimeout(() => fail(new Error(`no answer within ${CONNECT_TIMEOUT_MS} ms`)), CONNECT_TIMEOUT_MS);
    client.once('error', fail);
    client.once('close', onClose);
    client.once('connect', (connack) => {
      clearTimeout(timer);
      client.off('error', fail);
      client.off('close', onClose);
      client.on('error', () => undefined); // it reconnects by itself; publishes wait
      resolve({ client, connack, url: at.url, protocolVersion: config.mqtt.protocolVersion });
    });
  });
}

function clientOptions({ mqtt }: Config, options: ClientOptions): IClientOptions {
  const { clientId, sessionExpirySeconds, receiveMaximum } = options;
  const properties = defined({ sessionExpiryInterval: sessionExpirySeconds, receiveMaximum });
  return {
    clientId,
    protocolVersion: mqtt.protocolVersion,
    clean: sessionExpirySeconds === undefined,
    reconnectPeriod: 1000,
    resubscribe: false, // subscribe() does it, but for what was refused
    ...(mqtt.protocolVersion === 5 && Object.keys(properties).length > 0 ? { properties } : {}),
  };
}
