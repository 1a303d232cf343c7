import type { Delivery, OutgoingMessage } from '../../../src/domain/delivery.js';
import type { Inspection } from '../../../src/domain/inspection.js';
import { createPipeline } from '../../../src/pipeline/pipeline.js';
import type { Inspect, Outcome, PipelineObserver } from '../../../src/pipeline/ports.js';
import type { ServiceError } from '../../../src/std/errors.js';
import { aDelivery, anInspection } from '../../support/builders.js';

export const MAX_PAYLOAD_BYTES = 100;

export function inspectionOf(name: string, rules: readonly string[]): Inspection {
  const results = rules.map((id) => ({ rule: id, ok: id !== 'not-ok', payload: Buffer.from(`${name} ${id}`) }));
  return anInspection({ id: name, results });
}

interface RecordingPipelineParts {
  readonly topicOf?: (rule: string) => string;
  /** By one model that all rules ask. */
  readonly inspect: (...given: Parameters<Inspect>) => Promise<Inspection>;
  /** What concerns single rules. */
  readonly failures?: readonly ServiceError[];
  readonly decorate?: (inspect: Inspect) => Inspect;
  readonly publish?: (message: OutgoingMessage) => Promise<void>;
  readonly reply?: boolean;
}

/** A pipeline around the inspection of the test; what it reports stands in `events`, what it publishes in `sent`. */
export function recordingPipeline({
  inspect,
  failures = [],
  decorate = (plain) => plain,
  publish = async () => undefined,
  reply = false,
  topicOf = (rule) => `out/${rule}`,
}: RecordingPipelineParts) {
  const events: string[] = [];
  const sent: OutgoingMessage[] = [];
  const outcomes: Outcome[] = [];
  const observer: PipelineObserver = {
    onSettled({ payload }, outcome) {
      const name = Buffer.from(payload).toString();
      outcomes.push(outcome);
      if (outcome.kind === 'published') for (const { code } of outcome.refusals) events.push(`refused ${name} ${code}`);
      events.push(`${outcome.kind} ${name}${'error' in outcome ? ` ${outcome.error.code}` : ''}`);
    },
  };
  const pipeline = createPipeline(
    {
      inspect: decorate(async (...given) => ({ inspections: [await inspect(...given)], failures })),
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
        encoding: 'base64',
        reply,
        isReplyAllowed: (topic) => topic.startsWith('allowed/'),
        targetOf: ({ rule }) => ({ topic: topicOf(rule), qos: 1 }),
      },
      deadLetter: { topic: 'dead', maxPayloadBytes: 10 },
    },
  );
  return { pipeline, events, sent, outcomes };
}

/** A delivery that notes in `events` when it is acknowledged. */
export function delivery(text: string, events: string[], extra: Partial<Delivery> = {}): Delivery {
  return aDelivery({
    payload: Buffer.from(text),
    receivedAtMonotonicMs: performance.now(),
    ack: () => events.push(`acknowledged ${text}`),
    ...extra,
  });
}

export const topics = (sent: readonly OutgoingMessage[]) => sent.map(({ topic }) => topic);
