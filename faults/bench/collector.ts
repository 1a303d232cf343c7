/** Collects results and dead letters with a session that survives the broker, and measures how they come. */
import { connectAsync, type IPublishPacket } from 'mqtt';
import { until } from '../../test/support/until.js';
import type { Oracle } from './oracle.js';

export interface FaultCollector extends AsyncDisposable {
  /** Results and dead letters so far. */
  readonly count: number;
  /** Longest time between two of them. */
  readonly longestGapMs: number;
  /** A fault strikes now: the time to the next result is its recovery. */
  mark(): void;
  /** The result after the last mark has not come yet. */
  readonly isMarked: boolean;
  /** Resolves when it is connected and has its session or subscribed again. */
  subscribed(): Promise<void>;
  /** Longest recovery. */
  readonly recoveryMs: number;
}

export interface CollectorOptions {
  readonly url: string;
  readonly results: string;
  readonly deadLetters: string;
  readonly oracle: Oracle;
  /** Whether a picture has all results that it must have; absent: the first is all. */
  readonly isWhole?: (id: string, topic: string) => boolean;
}

export async function startCollector(options: CollectorOptions): Promise<FaultCollector> {
  const { oracle } = options;
  let count = 0;
  let lastAt: number | undefined;
  let longestGapMs = 0;
  let markedAt: number | undefined;
  let recoveryMs = 0;

  function onMessage(topic: string, payload: Buffer, packet: IPublishPacket): void {
    const now = performance.now();
    count += 1;
    if (lastAt !== undefined) longestGapMs = Math.max(longestGapMs, now - lastAt);
    lastAt = now;
    if (markedAt !== undefined) recoveryMs = Math.max(recoveryMs, now - markedAt);
    markedAt = undefined;
    if (topic === options.deadLetters) {
      const { id, code } = JSON.parse(payload.toString());
      oracle.seen(id, code);
    } else {
      // On MQTT 3.1.1 there are no properties.
      const id = String(packet.properties?.userProperties?.['id'] ?? JSON.parse(payload.toString()).id);
      if (options.isWhole?.(id, topic) !== false) oracle.seen(id);
    }
  }

  const client = await connectAsync(options.url, {
    protocolVersion: 5,
    clientId: 'faults-collector',
    clean: false,
    properties: { sessionExpiryInterval: 3600 },
    reconnectPeriod: 100,
  });
  client.on('error', () => undefined);
  client.on('message', onMessage);
  const filters = [options.results, options.deadLetters];
  await client.subscribeAsync(filters, { qos: 1 });
  return {
    get count() {
      return count;
    },
    get longestGapMs() {
      return longestGapMs;
    },
    get recoveryMs() {
      return recoveryMs;
    },
    get isMarked() {
      return markedAt !== undefined;
    },
    async subscribed() {
      await until('the collector is connected', () => client.connected);
      await client.subscribeAsync(filters, { qos: 1 });
    },
    mark() {
      markedAt ??= performance.now();
    },
    [Symbol.asyncDispose]: () => client.endAsync(true),
  };
}
