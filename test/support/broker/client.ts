/** The other side of a test: a publisher and a collector on MQTT.js. */
import {
  connectAsync,
  type IClientOptions,
  type IClientPublishOptions,
  type IPublishPacket,
  type MqttClient,
} from 'mqtt';
import { until } from '../until.js';

export interface TestClient extends AsyncDisposable {
  readonly client: MqttClient;
  publish(topic: string, payload: string | Uint8Array, options?: IClientPublishOptions): Promise<void>;
}

export interface Collector extends TestClient {
  /** Everything that came in, oldest first. */
  readonly messages: readonly IPublishPacket[];
  /** Payloads as text, oldest first. */
  texts(): string[];
  /** Resolves when at least `count` messages are there. */
  count(count: number): Promise<void>;
}

export async function connectClient(url: string, options: IClientOptions = {}): Promise<TestClient> {
  const client = await connectAsync(url, { protocolVersion: 5, reconnectPeriod: 100, ...options });
  return {
    client,
    async publish(topic, payload, publishOptions = { qos: 1 }) {
      await client.publishAsync(topic, typeof payload === 'string' ? payload : Buffer.from(payload), publishOptions);
    },
    [Symbol.asyncDispose]: () => client.endAsync(true),
  };
}

/** Subscribes at QoS 1 before it resolves. */
export async function collect(
  url: string,
  filter: string | string[],
  options: IClientOptions = {},
): Promise<Collector> {
  const base = await connectClient(url, options);
  const messages: IPublishPacket[] = [];
  base.client.on('message', (_topic, _payload, packet) => messages.push(packet));
  await base.client.subscribeAsync(filter, { qos: 1 });
  return {
    ...base,
    messages,
    texts: () => messages.map((message) => message.payload.toString()),
    async count(count) {
      await until(`${count} messages on ${String(filter)}`, () => messages.length >= count);
    },
  };
}
