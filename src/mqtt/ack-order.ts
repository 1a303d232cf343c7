import type { Incoming } from './incoming.js';

/**
 * Acknowledgements may be lost on their way when a connection breaks: as many of the last acknowledged messages are kept,
 * with their bytes, to know them again. Those of about a second.
 */
const KEPT_MESSAGES = 64;
const KEPT_BYTES = 4 * 1024 * 1024;

/** A QoS 1 message that was received, until it need not be known any more. */
export interface Ticket {
  readonly messageId: number;
  /** Kept to recognise a redelivery by its bytes; undefined when the next one is to count as a new message. */
  message: Incoming | undefined;
  isDone: boolean;
  isAcknowledged: boolean;
  isFreed: boolean;
  /** Number of the connection that can carry the acknowledgement: the one that brought the message last. */
  connection: number;
}

export interface AckOrderParts {
  /** Send the PUBACK on the open connection. */
  acknowledge(messageId: number): void;
  /** The bytes of a ticket are no longer held up: acknowledged, or done with no connection to say so. Once a ticket. */
  onFreed(ticket: Ticket): void;
}

/**
 * Acknowledges what is done: in the order of arrival [MQTT-4.6.0-2], and only on the connection that brought the message,
 * because on a later one the same message id may belong to another. What the broker sends again because a connection ended
 * is recognised (message id, topic, equal bytes) and tied to the new connection. The DUP flag, which some redeliveries lack,
 * is asked for only where the id may be in use again: after the acknowledgement.
 */
export interface AckOrder {
  readonly isOpen: boolean;
  /** A connection is open. Without a session at the broker nothing from before will come again. */
  open(sessionPresent: boolean): void;
  close(): void;
  add(message: Incoming): Ticket;
  /** The ticket of which this is a redelivery, tied to the open connection and acknowledged when its turn comes. */
  redelivered(message: Incoming): Ticket | undefined;
  finish(ticket: Ticket): void;
}

export function createAckOrder(parts: AckOrderParts): AckOrder {
  const known = new Map<number, Ticket>();
  /** Those of the open connection, in order of arrival. */
  let order: Ticket[] = [];
  /** Acknowledged ones, oldest first. */
  let kept: Ticket[] = [];
  let keptBytes = 0;
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
    kept.push(ticket);
    keptBytes += bytesOf(ticket);
    while (kept.length > KEPT_MESSAGES || keptBytes > KEPT_BYTES) {
      const oldest = kept.shift();
      if (oldest === undefined) return;
      keptBytes -= bytesOf(oldest);
      if (known.get(oldest.messageId) === oldest) known.delete(oldest.messageId);
    }
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
      keptBytes = 0;
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
      if (ticket?.message === undefined || !isSameMessage(ticket.message, message)) return undefined;
      const isQueued = isInOrder(ticket) && !ticket.isAcknowledged;
      if ((isQueued || ticket.isAcknowledged) && !message.isDuplicate) return undefined;
      if (isQueued) return ticket;
      ticket.connection = connection;
      order.push(ticket);
      acknowledgeFinished();
      return ticket;
    },
    finish(ticket) {
      ticket.isDone = true;
      if (isInOrder(ticket)) acknowledgeFinished();
      else free(ticket);
    },
  };
}

const FRESH = { isDone: false, isAcknowledged: false, isFreed: false };

function bytesOf(ticket: Ticket): number {
  return ticket.message?.payload.byteLength ?? 0;
}

function isSameMessage(one: Incoming, other: Incoming): boolean {
  return one.topic === other.topic && Buffer.compare(one.payload, other.payload) === 0;
}
