import { crc32 } from 'node:zlib';
import { messageDigest } from '../payload/message-id.js';
import type { Incoming } from './incoming.js';

/**
 * Acknowledgements may be lost on their way when a connection breaks: so many of the last acknowledged messages are
 * known again, by topic, size and digest or checksum. As many as come in one burst: were one fewer known than the
 * broker sends again, each of them, counted as new, would drive out the next.
 */
const MAX_RECENTLY_ACKED = 4096;

/** A QoS 1 message that was received, until it need not be known any more. */
export interface PendingAck {
  readonly messageId: number;
  /**
   * Kept until the acknowledgement, to recognise a redelivery. Dropped earlier, a redelivery counts as a new message.
   */
  message: Incoming | undefined;
  /** Made when it is acknowledged. */
  fingerprint: Fingerprint | undefined;
  isCompleted: boolean;
  /** Of topic and payload, if it is known. */
  digest: string | undefined;
  isAcknowledged: boolean;
  isFreed: boolean;
  /** Number of the connection that can carry the acknowledgement: the one that brought the message last. */
  connection: number;
}

/**
 * What is kept of an acknowledged message. Where it counts, message id and DUP flag must fit as well, so a checksum is
 * enough.
 */
interface Fingerprint {
  readonly topic: string;
  readonly sizeBytes: number;
  /** One of the two. */
  readonly digest: string | undefined;
  readonly crc32: number | undefined;
}

export interface AckTrackerParts {
  /** Send the PUBACK on the open connection. */
  acknowledge(messageId: number): void;
  /**
   * The message's bytes count no longer against the limit: it is acknowledged, or done and its connection gone. Called
   * once each.
   */
  onFreed(pending: PendingAck): void;
  /** Nobody reads the message's bytes any more, as it is acknowledged. Not called for every message. */
  releasePayload(message: Incoming): void;
}

/**
 * Acknowledges what is completed: in the order of arrival [MQTT-4.6.0-2], and only on the connection that brought the
 * message, because on a later one the same message id may belong to another. What the broker sends again because a
 * connection ended is recognised (message id, topic, equal bytes, digest or checksum) and tied to the new connection.
 * The DUP flag, which some redeliveries lack, is asked for only where the id may be in use again: after the
 * acknowledgement.
 */
export interface AckTracker {
  readonly isOpen: boolean;
  /** A connection is open. Without a session at the broker nothing from before will come again. */
  open(sessionPresent: boolean): void;
  close(): void;
  add(message: Incoming): PendingAck;
  /** What this is a redelivery of, now tied to the open connection and acknowledged on it in its order. */
  redelivered(message: Incoming): PendingAck | undefined;
  /** @param digest of topic and payload, where somebody has it already: it saves a checksum */
  complete(pending: PendingAck, digest?: string): void;
}

export function createAckTracker(parts: AckTrackerParts): AckTracker {
  const known = new Map<number, PendingAck>();
  /** What the open connection brought, in order of arrival. */
  let order: PendingAck[] = [];
  /** Oldest first. */
  let recentlyAcked: PendingAck[] = [];
  let connection = 0;
  let isOpen = false;

  function acknowledgeCompleted(): void {
    for (let first = order[0]; first?.isCompleted === true; first = order[0]) {
      order.shift();
      parts.acknowledge(first.messageId);
      free(first);
      if (!first.isAcknowledged) remember(first);
      first.isAcknowledged = true;
    }
  }

  function remember(pending: PendingAck): void {
    if (pending.message !== undefined) {
      pending.fingerprint = fingerprintOf(pending.message, pending.digest);
      parts.releasePayload(pending.message);
      pending.message = undefined;
    }
    recentlyAcked.push(pending);
    const oldest = recentlyAcked.length > MAX_RECENTLY_ACKED ? recentlyAcked.shift() : undefined;
    if (oldest !== undefined && known.get(oldest.messageId) === oldest) known.delete(oldest.messageId);
  }

  function free(pending: PendingAck): void {
    if (pending.isFreed) return;
    pending.isFreed = true;
    parts.onFreed(pending);
  }

  function isInOrder(pending: PendingAck): boolean {
    return isOpen && pending.connection === connection;
  }

  return {
    get isOpen() {
      return isOpen;
    },
    open(sessionPresent) {
      connection += 1;
      isOpen = true;
      if (sessionPresent) return;
      known.clear();
      recentlyAcked = [];
    },
    close() {
      if (!isOpen) return;
      isOpen = false;
      for (const pending of order) if (pending.isCompleted) free(pending);
      order = [];
      // A completed one that a whole connection did not bring again is forgotten: it may have expired at the broker.
      for (const [id, pending] of known) {
        if (pending.isCompleted && !pending.isAcknowledged && pending.connection !== connection) known.delete(id);
      }
    },
    add(message) {
      const pending: PendingAck = { messageId: message.messageId, message, ...NEW_PENDING, connection };
      known.set(pending.messageId, pending);
      order.push(pending);
      return pending;
    },
    redelivered(message) {
      const pending = known.get(message.messageId);
      if (pending === undefined || !isSameMessage(pending, message)) return undefined;
      const isQueued = isInOrder(pending) && !pending.isAcknowledged;
      if ((isQueued || pending.isAcknowledged) && !message.isDuplicate) return undefined;
      if (isQueued) return pending;
      pending.connection = connection;
      order.push(pending);
      acknowledgeCompleted();
      return pending;
    },
    complete(pending, digest) {
      pending.isCompleted = true;
      pending.digest = digest;
      if (isInOrder(pending)) acknowledgeCompleted();
      else free(pending);
    },
  };
}

const NEW_PENDING = {
  fingerprint: undefined,
  digest: undefined,
  isCompleted: false,
  isAcknowledged: false,
  isFreed: false,
};

function fingerprintOf({ topic, payload }: Incoming, digest: string | undefined): Fingerprint {
  return { topic, sizeBytes: payload.byteLength, digest, crc32: digest === undefined ? crc32(payload) : undefined };
}

function isSameMessage({ message, fingerprint }: PendingAck, other: Incoming): boolean {
  if (message !== undefined) {
    return message.topic === other.topic && Buffer.compare(message.payload, other.payload) === 0;
  }
  if (fingerprint?.topic !== other.topic || fingerprint.sizeBytes !== other.payload.byteLength) return false;
  if (fingerprint.digest !== undefined) return fingerprint.digest === messageDigest(other.topic, other.payload);
  return fingerprint.crc32 === crc32(other.payload);
}
