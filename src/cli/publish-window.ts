/** Publishes of which a bounded number waits for the acknowledgement of the broker. */
import { EventEmitter, once } from 'node:events';
import type { IConnackPacket, MqttClient, Packet } from 'mqtt';
import { publishPacketBytes } from '../mqtt/publish.js';
import { messageOf, ServiceError } from '../std/errors.js';

/** After this number of connections in a row that ended over the same publishes, the broker is considered to refuse one. */
const MAX_LOST_CONNECTIONS = 3;
const NO_MATCHING_SUBSCRIBERS = 0x10;

export interface PublishWindow {
  /**
   * Publishes, whether or not there is room. Calls back when the broker has acknowledged it.
   * @param name what the message is, for the sentence that says why it cannot be published
   */
  publish(payload: Buffer | string, name: string, onAcknowledged: () => void): void;
  /** Resolves when there is room for another, or `until` aborts. @throws {ServiceError} when a publish has failed */
  room(until: AbortSignal): Promise<void>;
  /** Resolves when all are acknowledged, or `until` aborts. @throws {ServiceError} when a publish has failed */
  drained(until: AbortSignal): Promise<void>;
  /** Publishes that the broker acknowledged and then dropped, as nobody subscribes to the topic. MQTT 5 only. */
  readonly unreceived: number;
}

export interface PublishWindowOptions {
  readonly topic: string;
  readonly qos: 0 | 1 | 2;
  /** How many may wait for their acknowledgement. */
  readonly size: number;
  readonly protocolVersion: 4 | 5;
  /** What the broker said of its limits. */
  readonly connack: Pick<IConnackPacket, 'properties'>;
}

interface Waiting {
  readonly name: string;
  readonly bytes: number;
}

export function createPublishWindow(
  client: Pick<MqttClient, 'publishAsync' | 'on'>,
  { topic, qos, size, protocolVersion, connack }: PublishWindowOptions,
): PublishWindow {
  const changes = new EventEmitter();
  const waiting = new Set<Waiting>();
  const maximumBytes = connack.properties?.maximumPacketSize ?? Number.POSITIVE_INFINITY;
  let failure: ServiceError | undefined;
  let isConnected = true;
  let lostConnections = 0;
  let lastReason = '';
  let unreceived = 0;

  function fail(text: string, cause?: unknown): void {
    failure ??= new ServiceError('ERR_BROKER', text, { cause });
    changes.emit('change');
  }

  client.on('disconnect', ({ reasonCode }) => {
    lastReason = reasonCode === undefined ? '' : `, with reason code 0x${reasonCode.toString(16)}`;
  });
  client.on('close', () => {
    if (isConnected && waiting.size > 0) lostConnections += 1;
    isConnected = false;
    if (lostConnections === MAX_LOST_CONNECTIONS) fail(hangUpText(topic, [...waiting], lastReason));
  });
  client.on('packetreceive', (packet: Packet) => {
    // 'connect' comes only after everything that is open was sent again, and then the connection may have ended already.
    if (packet.cmd === 'connack') isConnected = true;
    const isAnswer = packet.cmd === 'puback' || packet.cmd === 'pubrec';
    if (isAnswer && packet.reasonCode === NO_MATCHING_SUBSCRIBERS) unreceived += 1;
  });

  async function untilBelow(limit: number, until: AbortSignal): Promise<void> {
    while (waiting.size >= limit && failure === undefined && !until.aborted) {
      await once(changes, 'change', { signal: until }).catch(() => undefined);
    }
    if (failure) throw failure;
  }

  return {
    publish(payload, name, onAcknowledged) {
      const data = typeof payload === 'string' ? Buffer.from(payload) : payload;
      const shape = { topic, payload: data, qos: qos === 0 ? 0 : 1, properties: {} } as const;
      const bytes = publishPacketBytes(shape, protocolVersion);
      if (bytes > maximumBytes) return fail(limitText(name, topic, bytes, maximumBytes));
      const entry = { name, bytes };
      waiting.add(entry);
      client
        .publishAsync(topic, data, { qos })
        .then(() => {
          lostConnections = 0;
          onAcknowledged();
        })
        .catch((cause: unknown) => {
          fail(
            `Cannot publish ${name} as the broker must take what is published on ${topic}: ${messageOf(cause)}`,
            cause,
          );
        })
        .finally(() => {
          waiting.delete(entry);
          changes.emit('change');
        });
    },
    room: (until) => untilBelow(size, until),
    drained: (until) => untilBelow(1, until),
    get unreceived() {
      return unreceived;
    },
  };
}

function limitText(name: string, topic: string, bytes: number, maximumBytes: number): string {
  return `Cannot publish ${name} on ${topic} as the broker takes packets <= ${maximumBytes} bytes: ${bytes}. Raise the broker's limit`;
}

/** Which of several open publishes the broker does not like cannot be seen; the largest is the likely one. */
function hangUpText(topic: string, open: readonly Waiting[], reason: string): string {
  const { name, bytes } = open.reduce((a, b) => (b.bytes > a.bytes ? b : a));
  return (
    `Cannot publish on ${topic} as the broker must keep the connection: it closed ${MAX_LOST_CONNECTIONS} in a row` +
    `${reason} while ${open.length} of these publishes were open, the largest ${name} with ${bytes} bytes. ` +
    'Does it take packets of this size, and may this user publish there?'
  );
}
