/**
 * Messages that are JSON arrays of objects: each object goes through the pipeline as a delivery of its own, with its
 * own count, id, result or dead letter. The message is acknowledged when all of them are.
 */
import type { Delivery } from '../domain/delivery.js';
import { findElements, isArray, type ValueSpan } from '../payload/scan-object.js';
import { deferred } from '../std/promises.js';

export interface SplitArraysParts {
  readonly handle: (delivery: Delivery) => Promise<void>;
  /** A further object of a message that is counted as received already. */
  readonly onElement: (delivery: Delivery) => void;
  /** A message without any object; it is acknowledged right after. */
  readonly onEmpty: (delivery: Delivery) => void;
}

export interface SplitArraysOptions {
  /** Larger messages are left to the pipeline, which refuses them. */
  readonly maxPayloadBytes: number;
  /** Objects of one message that are in the pipeline at a time: their results wait in memory. */
  readonly concurrency: number;
  /** Aborted when the service stops: objects that are not in the pipeline by then come again with their message. */
  readonly stopped: AbortSignal;
}

/**
 * @returns what to call with each delivery, in place of `handle`; never rejects. Deliveries of one topic come into the
 * pipeline in the order of their arrival, so those behind an array wait until its last object is there.
 */
export function splitArrays(
  { handle, onElement, onEmpty }: SplitArraysParts,
  { maxPayloadBytes, concurrency, stopped }: SplitArraysOptions,
): (delivery: Delivery) => Promise<void> {
  /** By topic: resolves when the last object of its newest array is in the pipeline. */
  const entering = new Map<string, Promise<void>>();

  async function handleElements(elements: readonly Delivery[], onEntered: () => void): Promise<void> {
    elements.slice(1).forEach(onElement);
    let next = 0;
    const work = async (): Promise<void> => {
      while (next < elements.length && !stopped.aborted) {
        const element = elements[next++];
        const done = element && handle(element);
        if (next === elements.length) onEntered();
        await done;
      }
      onEntered();
    };
    await Promise.all(Array.from({ length: Math.min(concurrency, elements.length) }, work));
  }

  return async (delivery) => {
    const spans = spansOf(delivery, maxPayloadBytes);
    const before = entering.get(delivery.topic);
    if (spans === undefined) {
      if (before !== undefined) await before;
      return await handle(delivery);
    }
    if (spans.length === 0) {
      onEmpty(delivery);
      return delivery.ack();
    }
    const { promise, resolve } = deferred();
    entering.set(delivery.topic, promise);
    if (before !== undefined) await before;
    await handleElements(elementsOf(delivery, spans), () => {
      resolve();
      if (entering.get(delivery.topic) === promise) entering.delete(delivery.topic);
    });
  };
}

/** Undefined for whatever is no array of objects: the worker that parses it says what is wrong. */
function spansOf({ payload }: Delivery, maxPayloadBytes: number): readonly ValueSpan[] | undefined {
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  if (bytes.length > maxPayloadBytes || !isArray(bytes)) return undefined;
  try {
    return findElements(bytes);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function elementsOf(delivery: Delivery, spans: readonly ValueSpan[]): readonly Delivery[] {
  let unsettled = spans.length;
  return spans.map(({ start, end }, index) => {
    let isAcknowledged = false;
    return {
      ...delivery,
      payload: delivery.payload.subarray(start, end),
      properties: spans.length === 1 ? delivery.properties : withNumberedId(delivery, index),
      ack() {
        if (isAcknowledged) return;
        isAcknowledged = true;
        unsettled -= 1;
        if (unsettled === 0) delivery.ack();
      },
    };
  });
}

/** The user property `id` is that of the message; of several objects each gets its number, from 1, behind it. */
function withNumberedId({ properties }: Delivery, index: number): Delivery['properties'] {
  const user = properties.user.map(([key, value]) => [key, key === 'id' ? `${value}/${index + 1}` : value] as const);
  return { ...properties, user };
}
