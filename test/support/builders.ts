/** Values of the domain as tests need them: everything set, and only what a test is about named by it. */
import type { Delivery } from '../../src/domain/delivery.js';
import type { Inspection } from '../../src/domain/inspection.js';
import type { Measures } from '../../src/domain/measures.js';

/** A delivery of `in` by the first filter, at QoS 1, received at the beginning of time; acknowledging it does nothing. */
export function aDelivery(over: Partial<Delivery> = {}): Delivery {
  return {
    topic: 'in',
    filterId: '0',
    payload: new Uint8Array(),
    qos: 1,
    properties: { user: [] },
    receivedAtMs: 0,
    receivedAtMonotonicMs: 0,
    ack: () => undefined,
    ...over,
  };
}

/** What the mask of a clean picture of one pixel says. */
export function measuresOf(over: Partial<Measures> = {}): Measures {
  return { defect: 0, area: 0, largest: 0, score: 0, regions: [], width: 1, height: 1, ...over };
}

/** A finished inspection of a clean picture that no rule wanted. */
export function anInspection(over: Partial<Inspection> = {}): Inspection {
  return { id: 'a', model: 'm@1', measures: measuresOf(), inferenceTimeMs: 1, stagesMs: {}, results: [], ...over };
}
