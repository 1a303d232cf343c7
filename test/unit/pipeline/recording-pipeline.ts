import type { Delivery, OutgoingMessage } from '../../../src/domain/delivery.js';
import type { Inspection } from '../../../src/domain/inspection.js';
import { createPipeline } from '../../../src/pipeline/pipeline.js';
import type { Inspect, PipelineObserver } from '../../../src/pipeline/ports.js';

export const MAX_PAYLOAD_BYTES = 100;

export function inspectionOf(name: string, rules: readonly string[]): Inspection {
  return {
    id: name,
    model: 'm@1',
    measures: { defect: 2, area: 0, largest: 0, score: 0, regions: [], width: 1, height: 1 },
    inferenceTimeMs: 1,
    stagesMs: {},
    results: rules.map((id) => ({ rule: id, payload: Buffer.from(`${name} ${id}`) })),
  };
}

interface RecordingPipelineParts {
  readonly topicOf?: (rule: string) => string;
  readonly inspect: Inspect;
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
  const observer: PipelineObserver = {
    settled({ payload }, outcome) {
      const name = Buffer.from(payload).toString();
      if (outcome.kind === 'published') for (const { code } of outcome.refusals) events.push(`refused ${name} ${code}`);
      events.push(`${outcome.kind} ${name}${'error' in outcome ? ` ${outcome.error.code}` : ''}`);
    },
  };
  const pipeline = createPipeline(
    {
      inspect,
      sink: {
        publish(message) {
          sent.push(message);
          return publish(message);
        },
      },
      observer,
    },
    {
      order: 'arrival',
      maxPayloadBytes: MAX_PAYLOAD_BYTES,
      outgoing: {
        qos: 1,
        encoding: 'base64',
        reply,
        isReplyAllowed: (topic) => topic.startsWith('allowed/'),
        topicOf,
      },
      deadLetter: { topic: 'dead', maxPayloadBytes: 10 },
    },
  );
  return { pipeline, events, sent };
}

/** A delivery that notes in `events` when it is acknowledged. */
export function delivery(text: string, events: string[], extra: Partial<Delivery> = {}): Delivery {
  return {
    topic: 'in',
    filterId: '0',
    payload: Buffer.from(text),
    qos: 1,
    properties: { user: [] },
    receivedAtMs: 0,
    receivedAtMonotonicMs: performance.now(),
    ack: () => events.push(`acknowledged ${text}`),
    ...extra,
  };
}

export const topics = (sent: readonly OutgoingMessage[]) => sent.map(({ topic }) => topic);
