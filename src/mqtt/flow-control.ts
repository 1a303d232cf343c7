/**
 * Which messages run, wait or are dropped: what the source knows between the wire and the pipeline. Knows nothing of
 * sockets, so every rule of it can be tried without a broker.
 *
 * A message is *waiting* (received, not delivered), *running* (delivered, not settled) or *done*. The limit counts the
 * running ones, not the un-acknowledged ones: after a reconnect those can only be acknowledged once the broker has sent
 * them again, and a stream held because of them would never bring them.
 */
import type { Delivery } from '../domain/delivery.js';
import { createAckOrder, type Ticket } from './ack-tracker.js';
import type { Incoming } from './incoming.js';
import type { MqttObserver } from './observer.js';

export interface IntakeParts {
  readonly observer: Pick<MqttObserver, 'received' | 'redelivered' | 'dropped' | 'paused'>;
  onDelivery(delivery: Delivery): void;
  /** Send the PUBACK on the open connection. */
  acknowledge(messageId: number): void;
  /** Nobody needs the message's bytes any more. Not called for every message. */
  forget(message: Incoming): void;
}

export interface IntakeOptions {
  /** Deliveries that may run at a time. */
  readonly inFlight: number;
  /** Payload bytes that may be held at a time; exceeded by at most one message. */
  readonly inFlightBytes: number;
  /** `wait` holds the stream when a limit is reached, `latest` drops the oldest waiting message instead. */
  readonly overload: 'wait' | 'latest';
}

export interface Intake {
  /** A connection is open; `sessionPresent` as in its CONNACK. */
  open(sessionPresent: boolean): void;
  /** The connection is gone: nothing of it can be acknowledged any more. */
  close(): void;
  /** Takes a message of the open connection; `release` is called once, when the stream may go on. */
  receive(message: Incoming, release: () => void): void;
  /** The stream is held after the next message, whatever the limits say; or flows again as they let it. */
  hold(isOn: boolean): void;
  /** From now on the stream is held at the next new message, untaken; what was received before still runs. */
  stop(): void;
  /** Received, and neither settled nor dropped. */
  readonly inFlight: number;
  /** Delivered and not settled. */
  readonly running: number;
  /** Resolves when nothing is in flight. */
  idle(): Promise<void>;
}

interface Job {
  readonly message: Incoming;
  /** Absent at QoS 0. */
  readonly ticket: Ticket | undefined;
}

export function createIntake(parts: IntakeParts, options: IntakeOptions): Intake {
  const { observer } = parts;
  const acks = createAckOrder({
    acknowledge: parts.acknowledge,
    forget: parts.forget,
    onFreed: (ticket) => {
      heldBytes -= ticket.message?.payload.byteLength ?? 0;
    },
  });
  let waiting: Job[] = [];
  let running = 0;
  let heldBytes = 0;
  let isStopped = false;
  let isOnHold = false;
  let isPaused = false;
  let held: (() => void) | undefined;
  const idleWaiters: (() => void)[] = [];

  function take(message: Incoming): void {
    heldBytes += message.payload.byteLength;
    waiting.push({ message, ticket: message.qos === 1 ? acks.add(message) : undefined });
    observer.received(message.stream);
    deliver();
    dropOverflow();
  }

  function deliver(): void {
    while (running < options.inFlight) {
      const job = waiting.shift();
      if (job === undefined) return;
      running += 1;
      parts.onDelivery(toDelivery(job.message, (digest) => ack(job, digest)));
    }
  }

  function ack(job: Job, digest: string | undefined): void {
    running -= 1;
    finish(job, digest);
    deliver();
    if (held !== undefined && !mustHold()) releaseHeld();
    if (running + waiting.length === 0) for (const resolve of idleWaiters.splice(0)) resolve();
  }

  function finish({ message, ticket }: Job, digest?: string): void {
    if (ticket !== undefined) {
      acks.finish(ticket, digest);
      return;
    }
    heldBytes -= message.payload.byteLength;
    parts.forget(message);
  }

  /** Under `wait` only QoS 0 is dropped: QoS 1 holds the stream instead. The newest one always stays. */
  function dropOverflow(): void {
    const droppable = waiting.filter(({ message }) => options.overload === 'latest' || message.qos === 0);
    while (droppable.length > 1 && (droppable.length > options.inFlight || heldBytes > options.inFlightBytes)) {
      const oldest = droppable.shift();
      if (oldest === undefined) return;
      waiting = waiting.filter((job) => job !== oldest);
      if (oldest.ticket !== undefined) forgetUntilAcknowledged(oldest.ticket);
      finish(oldest);
      observer.dropped(options.overload === 'latest' ? 'latest' : 'qos0_overflow');
    }
  }

  /** Its payload goes now, its acknowledgement when its turn comes. */
  function forgetUntilAcknowledged(ticket: Ticket): void {
    if (ticket.message === undefined) return;
    heldBytes -= ticket.message.payload.byteLength;
    parts.forget(ticket.message);
    ticket.message = undefined;
  }

  function mustHold(): boolean {
    return (
      isStopped || isOnHold || waiting.length > 0 || running >= options.inFlight || heldBytes >= options.inFlightBytes
    );
  }

  function releaseHeld(): void {
    const release = held;
    held = undefined;
    tellPaused();
    release?.();
  }

  /** On hold it is paused also while no message has come to hold the stream at. */
  function tellPaused(): void {
    const now = held !== undefined || isOnHold;
    if (now !== isPaused) observer.paused(now);
    isPaused = now;
  }

  return {
    open: (sessionPresent) => acks.open(sessionPresent),
    close() {
      acks.close();
      if (held !== undefined) releaseHeld();
    },
    receive(message, release) {
      // Of a connection that is gone. QoS 1 comes again; QoS 0 after the stop must not hold the stream that is being closed.
      if (!acks.isOpen && (message.qos === 1 || isStopped)) return release();
      if (message.qos === 1 && acks.redelivered(message) !== undefined) {
        observer.redelivered();
        parts.forget(message);
        return release();
      }
      if (!isStopped) take(message);
      const holds = isStopped || isOnHold || (message.qos === 1 && options.overload === 'wait' && mustHold());
      if (!holds) return release();
      held = release;
      tellPaused();
    },
    hold(isOn) {
      isOnHold = isOn;
      if (held !== undefined && !mustHold()) releaseHeld();
      tellPaused();
    },
    stop() {
      isStopped = true;
    },
    get inFlight() {
      return running + waiting.length;
    },
    get running() {
      return running;
    },
    idle() {
      if (running + waiting.length === 0) return Promise.resolve();
      return new Promise((resolve) => idleWaiters.push(resolve));
    },
  };
}

function toDelivery(message: Incoming, onSettled: (digest: string | undefined) => void): Delivery {
  const { messageId: _id, isDuplicate: _duplicate, ...delivery } = message;
  let isSettled = false;
  return {
    ...delivery,
    ack(digest) {
      if (isSettled) return;
      isSettled = true;
      onSettled(digest);
    },
  };
}
