import { crc32 } from 'node:zlib';
import { messageDigest } from '../payload/message-id.js';
import type { Incoming } from './incoming.js';

/**
 * Acknowledgements may be lost on their way when a connection breaks: so many of the last acknowledged messages are known
 * again, by topic, size and digest or checksum. As many as come in one burst: were one fewer known than the broker sends
 * again, each of them, counted as new, would drive out the next.
 */
const KEPT_MESSAGES = 4096;

/** A QoS 1 message that was received, until it need not be known any more. */
export interface Ticket {
  readonly messageId: number;
  /** Kept to recognise a redelivery until it is acknowledged; undefined before then: the next one is to count as new. */
  message: Incoming | undefined;
  /** Once it is acknowledged. */
  trace: Trace | undefined;
  isDone: boolean;
  /** Of topic and payload, if it is known. */
  digest: string | undefined;
  isAcknowledged: boolean;
  isFreed: boolean;
  /** Number of the connection that can carry the acknowledgement: the one that brought the message last. */
  connection: number;
}

/** What is left of a message. Where it counts, message id and DUP flag must fit as well, so a checksum is enough. */
interface Trace {
  readonly topic: string;
  readonly sizeBytes: number;
  /** One of the two. */
  readonly digest: string | undefined;
  readonly crc32: number | undefined;
}

export interface AckOrderParts {
  /** Send the PUBACK on the open connection. */
  acknowledge(messageId: number): void;
  /** The bytes of a ticket are no longer held up: acknowledged, or done with no connection to say so. Once a ticket. */
  onFreed(ticket: Ticket): void;
  /** Nobody needs the message's bytes any more: it is acknowledged. Not called for every message. */
  forget(message: Incoming): void;
}

/**
 * Acknowledges what is done: in the order of arrival [MQTT-4.6.0-2], and only on the connection that brought the message,
 * because on a later one the same message id may belong to another. What the broker sends again because a connection ended
 * is recognised (message id, topic, equal bytes, digest or checksum) and tied to the new connection. The DUP flag, which some
 * redeliveries lack, is asked for only where the id may be in use again: after the acknowledgement.
 */
export interface AckOrder {
  readonly isOpen: boolean;
  /** A connection is open. Without a session at the broker nothing from before will come again. */
  open(sessionPresent: boolean): void;
  close(): void;
  add(message: Incoming): Ticket;
  /** The ticket of which this is a redelivery, tied to the open connection and acknowledged when its turn comes. */
  redelivered(message: Incoming): Ticket | undefined;
  /** @param digest of topic and payload, where somebody has it already: it saves a checksum */
  finish(ticket: Ticket, digest?: string): void;
}

export function createAckOrder(parts: AckOrderParts): AckOrder {
  const known = new Map<number, Ticket>();
  /** Those of the open connection, in order of arrival. */
  let order: Ticket[] = [];
  /** Acknowledged ones, oldest first. */
  let kept: Ticket[] = [];
  let connection = 0;
  let isOpen = false;

  function acknowledgeFinished(): void {
    for (let first = order[0]; first?.isDone === true; first = order[0]) {
      order.shift();
      parts.acknowledge(first.messageId);
      free(first);
      if (!first.isAcknowledged) keep(first);
      first.isAcknowledged = true;
    }
  }

  function keep(ticket: Ticket): void {
    if (ticket.message !== undefined) {
      ticket.trace = traceOf(ticket.message, ticket.digest);
      parts.forget(ticket.message);
      ticket.message = undefined;
    }
    kept.push(ticket);
    const oldest = kept.length > KEPT_MESSAGES ? kept.shift() : undefined;
    if (oldest !== undefined && known.get(oldest.messageId) === oldest) known.delete(oldest.messageId);
  }

  function free(ticket: Ticket): void {
    if (ticket.isFreed) return;
    ticket.isFreed = true;
    parts.onFreed(ticket);
  }

  function isInOrder(ticket: Ticket): boolean {
    return isOpen && ticket.connection === connection;
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
      kept = [];
    },
    close() {
      if (!isOpen) return;
      isOpen = false;
      for (const ticket of order) if (ticket.isDone) free(ticket);
      order = [];
      // A done one that a whole connection did not bring again is forgotten: it may have expired at the broker.
      for (const [id, ticket] of known) {
        if (ticket.isDone && !ticket.isAcknowledged && ticket.connection !== connection) known.delete(id);
      }
    },
    add(message) {
      const ticket: Ticket = { messageId: message.messageId, message, ...FRESH, connection };
      known.set(ticket.messageId, ticket);
      order.push(ticket);
      return ticket;
    },
    redelivered(message) {
      const ticket = known.get(message.messageId);
      if (ticket === undefined || !isSameMessage(ticket, message)) return undefined;
      const isQueued = isInOrder(ticket) && !ticket.isAcknowledged;
      if ((isQueued || ticket.isAcknowledged) && !message.isDuplicate) return undefined;
      if (isQueued) return ticket;
      ticket.connection = connection;
      order.push(ticket);
      acknowledgeFinished();
      return ticket;
    },
    finish(ticket, digest) {
      ticket.isDone = true;
      ticket.digest = digest;
      if (isInOrder(ticket)) acknowledgeFinished();
      else free(ticket);
    },
  };
}

const FRESH = { trace: undefined, digest: undefined, isDone: false, isAcknowledged: false, isFreed: false };

function traceOf({ topic, payload }: Incoming, digest: string | undefined): Trace {
  return { topic, sizeBytes: payload.byteLength, digest, crc32: digest === undefined ? crc32(payload) : undefined };
}

function isSameMessage({ message, trace }: Ticket, other: Incoming): boolean {
  if (message !== undefined) {
    return message.topic === other.topic && Buffer.compare(message.payload, other.payload) === 0;
  }
  if (trace?.topic !== other.topic || trace.sizeBytes !== other.payload.byteLength) return false;
  if (trace.digest !== undefined) return trace.digest === messageDigest(other.topic, other.payload);
  return trace.crc32 === crc32(other.payload);
}
