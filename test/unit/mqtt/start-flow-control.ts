import type { Delivery } from '../../../src/domain/delivery.js';
import { createIntake, type IntakeOptions } from '../../../src/mqtt/flow-control.js';
import type { Incoming } from '../../../src/mqtt/incoming.js';
import { recordingObserver } from '../../support/broker/mqtt-parts.js';

/** An open intake, what came out of it in the order it came, and ways to say what a broker and a worker do. */
export function startIntake(options: Partial<IntakeOptions> = {}) {
  const acknowledged: number[] = [];
  const deliveries: Delivery[] = [];
  const forgotten: string[] = [];
  const observer = recordingObserver();
  const intake = createIntake(
    {
      observer,
      onDelivery: (delivery) => void deliveries.push(delivery),
      acknowledge: (messageId) => void acknowledged.push(messageId),
      forget: ({ payload }) => void forgotten.push(Buffer.from(payload).toString()),
    },
    { inFlight: 3, inFlightBytes: 1000, overload: 'wait', ...options },
  );
  intake.open(false);
  return {
    intake,
    acknowledged,
    deliveries,
    forgotten,
    observer,
    texts: () => deliveries.map(({ payload }) => Buffer.from(payload).toString()),
    ack: (text: string) => deliveries.find(({ payload }) => Buffer.from(payload).toString() === text)?.ack(),
    reconnect(sessionPresent = true) {
      intake.close();
      intake.open(sessionPresent);
    },
    /** Returns whether the stream was released at once, and a way to look later. */
    receive(text: string, messageId = 0, extra: Partial<Incoming> = {}) {
      const stream = { isReleased: false };
      intake.receive(incoming(text, messageId, extra), () => {
        stream.isReleased = true;
      });
      return stream;
    },
  };
}

function incoming(text: string, messageId: number, extra: Partial<Incoming>): Incoming {
  return {
    topic: 'pictures/1',
    stream: '0',
    payload: new TextEncoder().encode(text),
    qos: messageId === 0 ? 0 : 1,
    properties: { user: [] },
    receivedAtMs: 0,
    receivedAtMonotonicMs: 0,
    messageId,
    isDuplicate: false,
    ...extra,
  };
}
