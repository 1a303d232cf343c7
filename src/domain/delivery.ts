/** What comes in and what goes out: one message from the broker, one to it. Types only. */

/** A user property of MQTT 5; keys may repeat. */
export type UserProperty = readonly [key: string, value: string];

/** What the publisher said beside the payload (MQTT 5; all absent on 3.1.1). */
export interface MessageProperties {
  readonly user: readonly UserProperty[];
  readonly responseTopic?: string;
  readonly correlationData?: Uint8Array;
  /** Seconds left as the broker gave them; 0 means expired on arrival. */
  readonly expirySeconds?: number;
}

/** One message from the broker, to be acknowledged at most once. */
export interface Delivery {
  readonly topic: string;
  /**
   * The id of the topic filter that it came in by: its index in `source.topics`, or `other`. The metric label `stream`,
   * so never a topic.
   */
  readonly filterId: string;
  /** Not to be read once it is acknowledged: its memory is used again. */
  readonly payload: Uint8Array;
  readonly qos: 0 | 1;
  readonly properties: MessageProperties;
  /** Milliseconds since the epoch. */
  readonly receivedAtMs: number;
  /** `performance.now()` of the same moment, for durations. */
  readonly receivedAtMonotonicMs: number;
  /**
   * The message is dealt with (result or dead letter has its PUBACK, or nothing is to be published): acknowledge it
   * when its turn comes. Idempotent. Never called: the broker delivers it again.
   * @param digest of topic and payload, where somebody has it already (messageDigest)
   */
  ack(digest?: string): void;
}

/** A message to publish; what MQTT 3.1.1 cannot carry is left out there. */
export interface OutgoingMessage {
  /** Key of the sink that it goes to; absent: that of the section `sink`. */
  readonly sink?: string;
  /** Aborts when the message is to be given up, with a RuleStoppedError; absent: only when the service stops. */
  readonly signal?: AbortSignal;
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: 0 | 1;
  /** Kept by the broker for who subscribes later. */
  readonly retain?: boolean;
  readonly contentType?: string;
  /** True when the payload is UTF-8 text. */
  readonly isText?: boolean;
  readonly user: readonly UserProperty[];
  readonly expirySeconds?: number;
  readonly correlationData?: Uint8Array;
}
