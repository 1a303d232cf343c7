/** What a broker takes: as its CONNACK tells, and as it was seen to take and refuse. */
import type { IConnackPacket } from 'mqtt';
import type { Log } from './observer.js';

/** What applies when the broker names none [MQTT-3.2.2.3.3]; 3.1.1 has no such limit but that of the packet ids. */
const DEFAULT_RECEIVE_MAXIMUM = 65_535;
/** The largest remaining length with its header, which no packet can exceed. */
const LARGEST_PACKET_BYTES = 268_435_460;

export interface ToldLimits {
  readonly receiveMaximum: number;
  readonly packetBytes: number;
  readonly maximumQos: number;
  readonly isRetainAvailable: boolean;
}

/** What MQTT 5 tells; on 3.1.1 nothing is. */
export function toldLimits({ properties = {} }: IConnackPacket): ToldLimits {
  return {
    receiveMaximum: properties.receiveMaximum ?? DEFAULT_RECEIVE_MAXIMUM,
    packetBytes: properties.maximumPacketSize ?? LARGEST_PACKET_BYTES,
    maximumQos: properties.maximumQoS ?? 1,
    isRetainAvailable: properties.retainAvailable ?? true,
  };
}

/** Topics whose smallest taken packet is remembered; a topic that is forgotten only makes the reason less certain. */
const MAX_TOPICS = 1000;
const SMALLEST_LIMIT_BYTES = 1024;

/**
 * By URL, for as long as the process lives: some brokers name no largest packet, MQTT 3.1.1 has no place for it, and
 * what is above the limit costs a connection each time.
 */
export interface LearnedLimits {
  /** Packets of that many bytes or more are not to be sent; Infinity until something was learned. */
  readonly refusedBytes: number;
  /** The largest packet that the broker took; 0 before the first. */
  readonly takenBytes: number;
  /** The broker said that a topic is not allowed, and has taken nothing of it since. */
  isDenied(topic: string): boolean;
  denied(topic: string): void;
  taken(topic: string, sizeBytes: number): void;
  /** @param isStated the broker said itself that the size is the reason */
  refused(topic: string, sizeBytes: number, isStated: boolean): void;
}

/** @returns the limits of the broker at a URL */
export function createLearnedLimits(log: Log): (url: string) => LearnedLimits {
  const brokers = new Map<string, LearnedLimits>();
  return (url) => {
    const limits = brokers.get(url) ?? createLimits(url, log);
    brokers.set(url, limits);
    return limits;
  };
}

function createLimits(url: string, log: Log): LearnedLimits {
  let refusedBytes = Number.POSITIVE_INFINITY;
  let takenBytes = 0;
  const topics = new Set<string>();
  const deniedTopics = new Set<string>();
  return {
    get refusedBytes() {
      return refusedBytes;
    },
    get takenBytes() {
      return takenBytes;
    },
    isDenied: (topic) => deniedTopics.has(topic),
    denied(topic) {
      if (deniedTopics.size < MAX_TOPICS) deniedTopics.add(topic);
    },
    taken(topic, sizeBytes) {
      deniedTopics.delete(topic);
      takenBytes = Math.max(takenBytes, sizeBytes);
      topics.delete(topic);
      topics.add(topic);
      const [oldest] = topics;
      if (topics.size > MAX_TOPICS && oldest !== undefined) topics.delete(oldest);
    },
    refused(topic, sizeBytes, isStated) {
      // Unless it said so, size is the reason only where it took smaller packets on the same topic. Never where it took
      // larger ones, nor for what a dead letter without its payload may need: that is always tried.
      const isBySize = isStated || topics.has(topic);
      if (!isBySize || sizeBytes <= takenBytes || sizeBytes < SMALLEST_LIMIT_BYTES || sizeBytes >= refusedBytes) return;
      if (refusedBytes === Number.POSITIVE_INFINITY) {
        log.warn(
          { url, sizeBytes, takenBytes },
          'the broker refuses packets of this size without naming its limit: from now on no packet as large is sent to it; raise its packet limit if results are to be larger',
        );
      }
      refusedBytes = sizeBytes;
    },
  };
}
