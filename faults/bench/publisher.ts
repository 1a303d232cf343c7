/** Publishes numbered pictures at a steady rate and tells the oracle which of them the broker has acknowledged. */
import { connectAsync } from 'mqtt';
import { until } from '../../test/support/until.js';
import type { Oracle } from './oracle.js';

export interface PublisherOptions {
  readonly url: string;
  readonly topic: string;
  readonly oracle: Oracle;
  /** The message of an id. */
  readonly messageOf: (id: string) => string | Uint8Array;
}

export interface Publisher extends AsyncDisposable {
  /** Sends for as long as `work` takes. */
  during<T>(perSecond: number, work: () => Promise<T>): Promise<T>;
  /** Sends so many at once; resolves when the broker has all. */
  burst(count: number): Promise<void>;
  /** Resolves when everything sent has its PUBACK. */
  flushed(): Promise<void>;
}

const TICK_MS = 20;
const FLUSH_MS = 60_000;

export async function startPublisher({ url, topic, oracle, messageOf }: PublisherOptions): Promise<Publisher> {
  // A session and MQTT.js's own store: what a restarted broker has not acknowledged is sent again.
  const client = await connectAsync(url, {
    protocolVersion: 5,
    clientId: 'faults-publisher',
    clean: false,
    properties: { sessionExpiryInterval: 3600 },
    reconnectPeriod: 100,
  });
  client.on('error', () => undefined);
  let next = 0;
  let open = 0;

  function send(): void {
    const id = `p${next++}`;
    oracle.sent(id);
    open += 1;
    // Hostile messages have no readable id in them.
    const properties = { userProperties: { id } };
    client.publish(topic, Buffer.from(messageOf(id)), { qos: 1, properties }, (error) => {
      open -= 1;
      if (!error) oracle.acknowledged(id);
    });
  }

  async function flushed(): Promise<void> {
    await until('the broker has every picture', () => open === 0, FLUSH_MS);
  }

  return {
    async during(perSecond, work) {
      const startedAt = performance.now();
      let count = 0;
      const timer = setInterval(() => {
        const due = ((performance.now() - startedAt) * perSecond) / 1000;
        for (; count < due; count += 1) send();
      }, TICK_MS);
      try {
        return await work();
      } finally {
        clearInterval(timer);
        await flushed();
      }
    },
    async burst(count) {
      for (let i = 0; i < count; i += 1) send();
      await flushed();
    },
    flushed,
    [Symbol.asyncDispose]: () => client.endAsync(true),
  };
}
