import type { Delivery, OutgoingMessage } from '../../../src/domain/delivery.js';
import type { Inspection } from '../../../src/domain/inspection.js';
import { createPipeline, type PipelineObserver } from '../../../src/pipeline/pipeline.js';
import { ServiceError } from '../../../src/std/errors.js';

export const MAX_PAYLOAD_BYTES = 100;

export function inspectionOf(name: string, rules: readonly string[]): Inspection {
  return {
    id: name,
    measures: { defect: 2, area: 0, largest: 0, score: 0, regions: [], width: 1, height: 1 },
    inferenceTimeMs: 1,
    stagesMs: {},
    results: rules.map((id) => ({ rule: id, payload: Buffer.from(`${name} ${id}`) })),
  };
}

interface RecordingPipelineParts {
  readonly topicOf?: (rule: string) => string;
  readonly inspect: (delivery: Delivery, onStart: () => void) => Promise<Inspection>;
  readonly publish?: (message: OutgoingMessage) => Promise<void>;
  readonly reply?: boolean;
}

/** A pipeline around the inspection of the test; what it reports stands in `events`, what it publishes in `sent`. */
export function recordingPipeline({
  inspect,
  publish = async () => undefined,
  reply = false,
  topicOf = (rule) => `out/${rule}`,
}: RecordingPipelineParts) {
  const events: string[] = [];
  const sent: OutgoingMessage[] = [];
  const note = (what: string) => (delivery: Delivery, extra?: unknown) => {
    const detail = extra instanceof ServiceError ? ` ${extra.code}` : typeof extra === 'string' ? ` ${extra}` : '';
    events.push(`${what} ${Buffer.from(delivery.payload).toString()}${detail}`);
  };
  const observer: PipelineObserver = {
    published: note('published'),
    filtered: note('filtered'),
    deadLettered: note('dead-lettered'),
    resultRejected: note('rejected'),
    dropped: note('dropped'),
    ruleMatched: () => undefined,
    publishTook: () => undefined,
    undeliverable: note('undeliverable'),
    left: note('left'),
  };
  const pipeline = createPipeline(
    {
      inspect,
      publish: (message) => {
        sent.push(message);
        return publish(message);
      },
      observer,
    },
    {
      order: 'arrival',
      maxPayloadBytes: MAX_PAYLOAD_BYTES,
      outgoing: {
        qos: 1,
        encoding: 'base64',
        model: 'm@1',
        reply,
        isReplyAllowed: (topic) => topic.startsWith('allowed/'),
        topicOf,
      },
      deadLetter: { topic: 'dead', maxPayloadBytes: 10 },
    },
  );
  return { pipeline, events, sent };
}

/** A delivery that notes in `events` when it is settled. */
export function delivery(text: string, events: string[], extra: Partial<Delivery> = {}): Delivery {
  return {
    topic: 'in',
    stream: '0',
    payload: Buffer.from(text),
    qos: 1,
    properties: { user: [] },
    receivedAtMs: 0,
    receivedAtMonotonicMs: performance.now(),
    ack: () => events.push(`settled ${text}`),
    ...extra,
  };
}

export const topics = (sent: readonly OutgoingMessage[]) => sent.map(({ topic }) => topic);
