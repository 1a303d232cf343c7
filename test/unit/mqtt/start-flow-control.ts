import type { Delivery } from '../../../src/domain/delivery.js';
import { createFlowControl, type FlowControlOptions } from '../../../src/mqtt/flow-control.js';
import type { Incoming } from '../../../src/mqtt/incoming.js';
import { recordingObserver } from '../../support/broker/mqtt-parts.js';

/** An open flow, what came out of it in the order it came, and ways to say what a broker and a worker do. */
export function startFlowControl(options: Partial<FlowControlOptions> = {}) {
  const acknowledged: number[] = [];
  const deliveries: Delivery[] = [];
  const released: string[] = [];
  const observer = recordingObserver();
  const flow = createFlowControl(
    {
      observer,
      isCopy: () => false,
      onDelivery: (delivery) => void deliveries.push(delivery),
      acknowledge: (messageId) => void acknowledged.push(messageId),
      releasePayload: ({ payload }) => void released.push(Buffer.from(payload).toString()),
    },
    { inFlight: 3, inFlightBytes: 1000, overload: 'wait', ...options },
  );
  flow.open(false);
  return {
    flow,
    acknowledged,
    deliveries,
    released,
    observer,
    texts: () => deliveries.map(({ payload }) => Buffer.from(payload).toString()),
    ack: (text: string) => deliveries.find(({ payload }) => Buffer.from(payload).toString() === text)?.ack(),
    reconnect(sessionPresent = true) {
      flow.close();
      flow.open(sessionPresent);
    },
    /** Returns whether the stream was released at once, and a way to look later. */
    receive(text: string, messageId = 0, extra: Partial<Incoming> = {}) {
      const stream = { isReleased: false };
      flow.receive(incoming(text, messageId, extra), () => {
        stream.isReleased = true;
      });
      return stream;
    },
  };
}

function incoming(text: string, messageId: number, extra: Partial<Incoming>): Incoming {
  return {
    topic: 'pictures/1',
    filterId: '0',
    payload: new TextEncoder().encode(text),
    qos: messageId === 0 ? 0 : 1,
    properties: { user: [] },
    receivedAtMs: 0,
    receivedAtMonotonicMs: 0,
    messageId,
    isDuplicate: false,
    subscriptionIdentifiers: [],
    ...extra,
  };
}
