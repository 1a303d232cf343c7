/** Streams of pictures: each has a source, a pipeline and what the broker took neither way; all share workers and sink. */
import { rulesByModel, type StreamSpec } from '../catalogue/catalogue.js';
import type { Delivery } from '../domain/delivery.js';
import type { Assignment, Inspection, Job } from '../domain/inspection.js';
import { DEFAULT_ID, ruleKey } from '../domain/rule.js';
import { withCrashGuard, withFreshness } from '../pipeline/inspect-decorators.js';
import { createPipeline } from '../pipeline/pipeline.js';
import type { Inspect, Inspected } from '../pipeline/ports.js';
import { createUndeliverableRetry } from '../pipeline/retry-undeliverable.js';
import { splitArrays } from '../pipeline/split-arrays.js';
import type { Pool } from '../pool/pool.js';
import type { CrashGuard } from '../quarantine/crash-guard.js';
import { createBackoff } from '../std/backoff.js';
import { defined } from '../std/defined.js';
import { ServiceError } from '../std/errors.js';
import { fromWire } from '../std/wire-error.js';
import { type Connections, END_TIMEOUT_MS } from './connections.js';
import type { ServiceContext } from './context.js';
import { createPipelineObserver, pictureFields } from './pipeline-observer.js';
import { createSharedCondition } from './shared-condition.js';
import type { ServiceTopics } from './topics.js';

export interface Streams {
  /** Messages that were received and not settled. */
  readonly unsettled: number;
  /** Those of them that are being inspected or published. */
  readonly running: number;
  /** Takes no new message; resolves when all is settled that can be, or when the signal aborts. */
  drain(signal: AbortSignal): Promise<void>;
  /** Says `offline` and disconnects the sources. */
  end(): Promise<void>;
  /** Resolves when no delivery is under way. */
  idle(): Promise<void>;
}

export interface StreamsParts {
  readonly pool: Pick<Pool, 'run'>;
  readonly crashGuard: CrashGuard;
  readonly connections: Connections;
  readonly topics: ServiceTopics;
}

type StreamsContext = Pick<
  ServiceContext,
  'config' | 'parts' | 'readiness' | 'ledger' | 'metrics' | 'recent' | 'deadLetters' | 'history' | 'log' | 'faults'
>;

/** Waits before a message is tried again that the broker took neither as result nor as dead letter. */
const UNDELIVERABLE_BACKOFF = { firstMs: 1_000, limitMs: 10_000 };

/** Objects of one array that wait for a worker or for the broker, for each worker. */
const ELEMENTS_PER_WORKER = 2;

/** Opens the source of each stream. */
export function openStreams(context: StreamsContext, parts: StreamsParts): Streams {
  const { config, readiness } = context;
  const blocked = createSharedCondition(readiness, 'results', []);
  const fieldsOf = pictureFields(config);
  const observer = createPipelineObserver({ ...context, pictureFields: fieldsOf });
  const streams = config.streams.map((stream) => openStream(stream, { context, parts, observer, blocked }));
  readiness.fulfil('results');
  const sum = (countOf: (stream: OpenStream) => number) => streams.reduce((total, each) => total + countOf(each), 0);
  return {
    get unsettled() {
      return sum(({ source }) => source.unsettled);
    },
    get running() {
      return sum(({ source }) => source.running);
    },
    drain: async (signal) => void (await Promise.all(streams.map(({ drain }) => drain(signal)))),
    end: async () => void (await Promise.all(streams.map(({ source }) => source.end(END_TIMEOUT_MS)))),
    idle: async () => void (await Promise.all(streams.map(({ pipeline }) => pipeline.idle()))),
  };
}

type OpenStream = ReturnType<typeof openStream>;

interface StreamSurroundings {
  readonly context: StreamsContext;
  readonly parts: StreamsParts;
  readonly observer: ReturnType<typeof createPipelineObserver>;
  readonly blocked: ReturnType<typeof createSharedCondition>;
}

function openStream(stream: StreamSpec, { context, parts, observer, blocked }: StreamSurroundings) {
  const { config, parts: world } = context;
  const { connections, crashGuard, topics } = parts;
  const assignments = assignmentsOf(config, stream);
  const inspect = inspectWith(parts.pool, assignments);
  const pipeline = createPipeline(
    {
      inspect: withFreshness(withCrashGuard(inspect, crashGuard, () => assignments)),
      sink: connections.sink,
      observer: {
        settled(delivery, outcome) {
          observer.settled(delivery, outcome);
          if (outcome.kind === 'undeliverable') undeliverable.add(delivery, outcome.error);
        },
      },
    },
    {
      order: config.sink.order,
      maxPayloadBytes: config.limits.maxPayloadBytes,
      deadLetter: { topic: topics.deadLetter, maxPayloadBytes: config.deadLetter.maxPayloadBytes },
      outgoing: {
        encoding: config.result.encoding,
        reply: config.result.reply,
        isReplyAllowed: topics.isReplyAllowed,
        targetOf: topics.result,
      },
    },
  );
  const undeliverable = createUndeliverableRetry({
    handle: (delivery) => pipeline.handle(delivery),
    backoff: createBackoff(world.random, UNDELIVERABLE_BACKOFF),
    onBlocked(error) {
      source.pause();
      blocked.report(stream.id, error.message);
    },
    onUnblocked() {
      blocked.report(stream.id, undefined);
      source.resume();
    },
  });
  const stopping = new AbortController();
  const handle = splitArrays(
    {
      handle: (delivery) => pipeline.handle(delivery),
      // The streams that the configuration names are counted by their name, that of source.topics by its filters.
      onElement: ({ filterId }) => context.ledger.received(stream.id === DEFAULT_ID ? filterId : stream.id, Date.now()),
      onEmpty: () => context.ledger.filtered(),
    },
    {
      maxPayloadBytes: config.limits.maxPayloadBytes,
      concurrency: ELEMENTS_PER_WORKER * config.workers.count,
      stopped: stopping.signal,
    },
  );
  const source = connections.openSource(stream, (delivery) => void handle(delivery));

  async function drain(signal: AbortSignal): Promise<void> {
    undeliverable.stop();
    const drained = source.drain(signal);
    // What the broker refuses both ways would be waited for in vain: it comes again to the next process.
    await Promise.race([drained, pipeline.idle().then(() => (undeliverable.isBlocked ? undefined : drained))]);
    stopping.abort();
  }

  return { source, pipeline, drain };
}

/** What is to be done with each picture of the stream: an assignment for each model that a rule of it names. */
function assignmentsOf({ rules }: Pick<ServiceContext['config'], 'rules'>, { id }: StreamSpec): readonly Assignment[] {
  return [...rulesByModel(rules, id)].map(([model, own]) => ({ model, rules: own.map(ruleKey) }));
}

/** A worker inspects the picture for each assignment. What fails for one model is a failure beside the results of the others. */
function inspectWith(pool: Pick<Pool, 'run'>, assignments: readonly Assignment[]): Inspect {
  const [only, ...others] = assignments.map((each) => [each]);
  if (only !== undefined && others.length === 0) {
    return async (delivery, { beforeStart, digest }) =>
      inspectedBy([await pool.run({ ...jobOf(delivery, digest), assignments: only }, beforeStart)]);
  }
  return async (delivery, { beforeStart, digest }) => {
    const job = jobOf(delivery, digest);
    let isStarted = false;
    // Once one model has begun, the message is not dropped for the others.
    const beforeFirst = () => {
      if (!isStarted) beforeStart();
      isStarted = true;
    };
    const answers = await Promise.allSettled(
      assignments.map((each) => pool.run({ ...job, assignments: [each] }, beforeFirst)),
    );
    const inspections = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
    const reasons: unknown[] = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : []));
    const foreign = reasons.find((reason) => !(reason instanceof ServiceError));
    if (foreign !== undefined || inspections.length === 0) {
      for (const { release } of inspections) release?.();
      throw foreign ?? reasons[0];
    }
    return inspectedBy(
      inspections,
      reasons.filter((reason) => reason instanceof ServiceError),
    );
  };
}

/** What of a delivery can go to a thread. */
function jobOf({ topic, payload, properties, receivedAtMs }: Delivery, digest: string | undefined): Job {
  return { topic, payload, properties, receivedAtMs, ...defined({ digest }) };
}

function inspectedBy(inspections: readonly Inspection[], failed: readonly ServiceError[] = []): Inspected {
  const failures = inspections.flatMap(({ failures: ofRules = [] }) =>
    ofRules.map(({ error }) => fromWire(error)).filter((error) => error instanceof ServiceError),
  );
  return { inspections, failures: [...failed, ...failures] };
}
