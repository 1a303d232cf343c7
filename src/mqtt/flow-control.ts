/**
 * Which messages run, wait or are dropped: what the source knows between the wire and the pipeline. Knows nothing of
 * sockets, so every rule of it can be tried without a broker.
 *
 * A message is *waiting* (received, not delivered), *running* (delivered, not acknowledged by the pipeline) or
 * *completed*. The limit counts the running ones, not the un-acknowledged ones: after a reconnect those can only be
 * acknowledged once the broker has sent them again, and a stream paused because of them would never bring them.
 */
import type { Delivery } from '../domain/delivery.js';
import { createAckTracker, type PendingAck } from './ack-tracker.js';
import type { Incoming } from './incoming.js';
import type { MqttObserver } from './observer.js';

export interface FlowControlParts {
  readonly observer: Pick<MqttObserver, 'onReceived' | 'onRedelivered' | 'onCopied' | 'onDropped' | 'onPaused'>;
  onDelivery(delivery: Delivery): void;
  /** Whether it is a further copy of a message that has come, by another of our filters: acknowledged, and no more. */
  isCopy(message: Incoming): boolean;
  /** Send the PUBACK on the open connection. */
  acknowledge(messageId: number): void;
  /** Nobody reads the message's bytes any more. Not called for every message. */
  releasePayload(message: Incoming): void;
}

export interface FlowControlOptions {
  /** Deliveries that may run at a time; those that wait do not count. */
  readonly inFlight: number;
  /** Payload bytes that may be held at a time; exceeded by at most one message. */
  readonly inFlightBytes: number;
  /** `wait` pauses the stream when a limit is reached, `latest` drops the oldest waiting message instead. */
  readonly overload: 'wait' | 'latest';
}

export interface FlowControl {
  /** A connection is open; `sessionPresent` as in its CONNACK. */
  open(sessionPresent: boolean): void;
  /** The connection is gone: nothing of it can be acknowledged any more. */
  close(): void;
  /** A message of the open connection; `release` is called once, when the stream may go on. */
  receive(message: Incoming, release: () => void): void;
  /** Pauses the stream after the next message, whatever the limits say. */
  pause(): void;
  /** The stream flows again, as the limits let it. */
  resume(): void;
  /** Pauses the stream at the next new message, which is not accepted; what was received before still runs. */
  stop(): void;
  /** Messages that were received and neither acknowledged by the pipeline nor dropped. */
  readonly unsettled: number;
  /** Messages that were delivered and not acknowledged by the pipeline. */
  readonly running: number;
  /** Resolves when nothing is unsettled. */
  idle(): Promise<void>;
}

interface Job {
  readonly message: Incoming;
  /** Absent at QoS 0. */
  readonly pending: PendingAck | undefined;
}

export function createFlowControl(parts: FlowControlParts, options: FlowControlOptions): FlowControl {
  const { observer } = parts;
  const acks = createAckTracker({
    acknowledge: parts.acknowledge,
    releasePayload: parts.releasePayload,
    onFreed: ({ message }) => {
      heldBytes -= message?.payload.byteLength ?? 0;
    },
  });
  let waiting: Job[] = [];
  let running = 0;
  let heldBytes = 0;
  let isStopped = false;
  /** By pause(). */
  let isPaused = false;
  let hasToldPause = false;
  /** Lets the stream go on; present while it is paused. */
  let resumeStream: (() => void) | undefined;
  const idleWaiters: (() => void)[] = [];

  function accept(message: Incoming): void {
    heldBytes += message.payload.byteLength;
    waiting.push({ message, pending: message.qos === 1 ? acks.add(message) : undefined });
    observer.onReceived(message.filterId);
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
    complete(job, digest);
    deliver();
    if (resumeStream !== undefined && !mustPause()) resumeHeldStream();
    if (running + waiting.length === 0) for (const resolve of idleWaiters.splice(0)) resolve();
  }

  function complete({ message, pending }: Job, digest?: string): void {
    if (pending !== undefined) {
      acks.complete(pending, digest);
      return;
    }
    heldBytes -= message.payload.byteLength;
    parts.releasePayload(message);
  }

  /** Under `wait` only QoS 0 is dropped: QoS 1 pauses the stream instead. The newest one always stays. */
  function dropOverflow(): void {
    const droppable = waiting.filter(({ message }) => options.overload === 'latest' || message.qos === 0);
    while (droppable.length > 1 && (droppable.length > options.inFlight || heldBytes > options.inFlightBytes)) {
      const oldest = droppable.shift();
      if (oldest === undefined) return;
      waiting = waiting.filter((job) => job !== oldest);
      if (oldest.pending !== undefined) releaseBeforeAcknowledged(oldest.pending);
      complete(oldest);
      observer.onDropped(options.overload === 'latest' ? 'latest' : 'qos0_overflow');
    }
  }

  /** Its payload goes now, its acknowledgement when its turn comes. */
  function releaseBeforeAcknowledged(pending: PendingAck): void {
    if (pending.message === undefined) return;
    heldBytes -= pending.message.payload.byteLength;
    parts.releasePayload(pending.message);
    pending.message = undefined;
  }

  function mustPause(): boolean {
    return (
      isStopped || isPaused || waiting.length > 0 || running >= options.inFlight || heldBytes >= options.inFlightBytes
    );
  }

  function resumeHeldStream(): void {
    const resume = resumeStream;
    resumeStream = undefined;
    tellPaused();
    resume?.();
  }

  /** After pause() that is told at once, although the stream stops only with the next message. */
  function tellPaused(): void {
    const now = resumeStream !== undefined || isPaused;
    if (now !== hasToldPause) observer.onPaused(now);
    hasToldPause = now;
  }

  return {
    open: (sessionPresent) => acks.open(sessionPresent),
    close() {
      acks.close();
      if (resumeStream !== undefined) resumeHeldStream();
    },
    receive(message, release) {
      // Of a connection that is gone. QoS 1 comes again; QoS 0 after the stop must not pause the stream that is being
      // closed.
      if (!acks.isOpen && (message.qos === 1 || isStopped)) return release();
      if (message.qos === 1 && acks.redelivered(message) !== undefined) {
        observer.onRedelivered();
        parts.releasePayload(message);
        return release();
      }
      if (parts.isCopy(message)) {
        observer.onCopied();
        if (message.qos === 1) acks.complete(acks.add(message));
        else parts.releasePayload(message);
        return release();
      }
      if (!isStopped) accept(message);
      const pauses = isStopped || isPaused || (message.qos === 1 && options.overload === 'wait' && mustPause());
      if (!pauses) return release();
      resumeStream = release;
      tellPaused();
    },
    pause() {
      isPaused = true;
      tellPaused();
    },
    resume() {
      isPaused = false;
      if (resumeStream !== undefined && !mustPause()) resumeHeldStream();
      tellPaused();
    },
    stop() {
      isStopped = true;
    },
    get unsettled() {
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
  const { messageId: _id, isDuplicate: _duplicate, subscriptionIdentifiers: _ids, ...delivery } = message;
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
