/** Collects results and dead letters with a session that survives the broker, and measures how they come. */
import { connectAsync, type IPublishPacket } from 'mqtt';
import type { Oracle } from './oracle.js';

export interface FaultCollector extends AsyncDisposable {
  /** Results and dead letters so far. */
  readonly count: number;
  /** Longest time between two of them. */
  readonly longestGapMs: number;
  /** A fault strikes now: the time to the next result is its recovery. */
  mark(): void;
  /** Longest recovery. */
  readonly recoveryMs: number;
}

export interface CollectorOptions {
  readonly url: string;
  readonly results: string;
  readonly deadLetters: string;
  readonly oracle: Oracle;
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
      const { id, code, payload: original } = JSON.parse(payload.toString());
      oracle.seen(idIn(original) ?? id, code);
    } else oracle.seen(String(packet.properties?.userProperties?.['id']));
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
  await client.subscribeAsync([options.results, options.deadLetters], { qos: 1 });
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
    mark() {
      markedAt ??= performance.now();
    },
    [Symbol.asyncDispose]: () => client.endAsync(true),
  };
}

/** The id that the publisher gave, which a dead letter of an unread message cannot know. */
function idIn(payload: string | undefined): string | undefined {
  if (payload === undefined) return undefined;
  return /"id":"(p\d+)"/.exec(Buffer.from(payload, 'base64').toString('latin1'))?.[1];
}
