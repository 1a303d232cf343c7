/** Streams of pictures: each has a source, a pipeline and what the broker took neither way; all share workers and sinks. */
import type { StreamSpec } from '../catalogue/catalogue.js';
import type { Delivery } from '../domain/delivery.js';
import type { Assignment, Inspection, Job } from '../domain/inspection.js';
import { DEFAULT_ID, NO_MODEL } from '../domain/rule.js';
import { withCrashGuard, withFreshness } from '../pipeline/inspect-decorators.js';
import { createPipeline, type Pipeline } from '../pipeline/pipeline.js';
import type { Inspect, Inspected, Outcome, Source } from '../pipeline/ports.js';
import { createUndeliverableRetry } from '../pipeline/retry-undeliverable.js';
import { splitArrays } from '../pipeline/split-arrays.js';
import type { Pool } from '../pool/pool.js';
import type { CrashGuard } from '../quarantine/crash-guard.js';
import { createBackoff } from '../std/backoff.js';
import { defined } from '../std/defined.js';
import { fromWire, ServiceError } from '../std/errors.js';
import { createSharedCondition, type SharedCondition } from '../telemetry/readiness.js';
import { type Connections, END_TIMEOUT_MS } from './connections.js';
import type { ServiceContext } from './context.js';
import type { LiveCatalogue } from './live-catalogue.js';
import { createPipelineObserver } from './pipeline-observer.js';
import type { RowRules } from './row-rules.js';

export interface Stream {
  readonly spec: StreamSpec;
  readonly source: Source;
  readonly pipeline: Pipeline;
  /** Has the next `drain` unsubscribe; what was taken and is not inspected yet is judged by this version. */
  retire(version: LiveCatalogue): void;
  /** Takes no new message; resolves when all is settled that can be, or when the signal aborts. */
  drain(signal: AbortSignal): Promise<void>;
  /** Says `offline` and disconnects. */
  end(): Promise<void>;
}

export interface StreamsParts {
  readonly pool: Pick<Pool, 'run'>;
  readonly crashGuard: CrashGuard;
  readonly connections: Connections;
  /** The version that judges the pictures that come now. */
  readonly current: () => LiveCatalogue;
  /** Told of each picture of a stream, too. */
  readonly onSettled?: ((stream: string, outcome: Outcome) => void) | undefined;
}

type StreamsContext = Pick<
  ServiceContext,
  | 'config'
  | 'parts'
  | 'readiness'
  | 'ledger'
  | 'metrics'
  | 'recent'
  | 'deadLetters'
  | 'history'
  | 'log'
  | 'faults'
  | 'cameras'
  | 'tallies'
  | 'keeper'
>;

/** Waits before a message is tried again that the broker took neither as result nor as dead letter. */
const UNDELIVERABLE_BACKOFF = { firstMs: 1_000, limitMs: 10_000 };

/** Objects of one array that wait for a worker or for the broker, for each worker. */
const ELEMENTS_PER_WORKER = 2;

/** Opens streams: connects at once, subscribes as soon as that worked, and again after every loss. */
export function createStreamOpener(context: StreamsContext, parts: StreamsParts): (spec: StreamSpec) => Stream {
  const { readiness } = context;
  const blocked = createSharedCondition(readiness, 'results', []);
  const judgedBy = new Map<Delivery, LiveCatalogue>();
  const versionOf = (delivery: Delivery) => judgedBy.get(delivery) ?? parts.current();
  const observer = createPipelineObserver({
    ...context,
    pictureFields: (rule) => parts.current().pictureFieldsOf(rule),
  });
  readiness.fulfil('results');
  const settled: typeof observer.onSettled = (delivery, outcome) => {
    observer.onSettled(delivery, outcome);
    judgedBy.get(delivery)?.release();
    judgedBy.delete(delivery);
  };

  /** Each picture is judged by exactly one version, from its inspection to the answers of the brokers. */
  function withVersion(inspect: Inspect, lastOf: () => LiveCatalogue | undefined): Inspect {
    return (delivery, hooks) => {
      const version = lastOf() ?? parts.current();
      version.hold();
      judgedBy.set(delivery, version);
      return inspect(delivery, hooks);
    };
  }

  return (spec) => openStream(spec, { context, parts, blocked, settled, versionOf, withVersion });
}

interface StreamSurroundings {
  readonly context: StreamsContext;
  readonly parts: StreamsParts;
  readonly blocked: SharedCondition;
  readonly settled: ReturnType<typeof createPipelineObserver>['onSettled'];
  readonly versionOf: (delivery: Delivery) => LiveCatalogue;
  readonly withVersion: (inspect: Inspect, lastOf: () => LiveCatalogue | undefined) => Inspect;
}

function openStream(spec: StreamSpec, surroundings: StreamSurroundings): Stream {
  const { context, parts, blocked, settled, versionOf, withVersion } = surroundings;
  const { config, parts: world } = context;
  const { connections, crashGuard } = parts;
  const { topics } = parts.current();
  const assignmentsOf = (delivery: Delivery) => versionOf(delivery).assignmentsOf(spec.id);
  const inspect = inspectWith(parts.pool, (delivery) => versionOf(delivery).judgeRow, assignmentsOf);
  const picturesOf = (delivery: Delivery) => assignmentsOf(delivery).filter(({ model }) => model !== NO_MODEL);
  /** Of a stream that goes. */
  let last: LiveCatalogue | undefined;
  const pipeline: Pipeline = createPipeline(
    {
      inspect: withVersion(withFreshness(withCrashGuard(inspect, crashGuard, picturesOf)), () => last),
      sink: connections.sink,
      observer: {
        onSettled(delivery, outcome) {
          settled(delivery, outcome);
          parts.onSettled?.(spec.id, outcome);
          if (outcome.kind === 'undeliverable') undeliverable.add(delivery, outcome.error);
          if (outcome.kind === 'superseded') void pipeline.handle(delivery);
        },
      },
    },
    {
      order: config.sink.order,
      maxPayloadBytes: config.limits.maxPayloadBytes,
      deadLetter: { ...config.deadLetter, topic: topics.deadLetter },
      outgoing: {
        encoding: config.result.encoding,
        reply: config.result.reply,
        isReplyAllowed: topics.isReplyAllowed,
        targetOf: (result, delivery) => versionOf(delivery).targetOf(result, delivery.topic),
      },
    },
  );
  const undeliverable = createUndeliverableRetry({
    handle: (delivery) => pipeline.handle(delivery),
    backoff: createBackoff(world.random, UNDELIVERABLE_BACKOFF),
    onBlocked(error) {
      source.pause();
      blocked.report(spec.id, error.message);
    },
    onUnblocked() {
      blocked.report(spec.id, undefined);
      source.resume();
    },
  });
  const stopping = new AbortController();
  const handle = splitArrays(
    {
      handle: (delivery) => pipeline.handle(delivery),
      // The streams that the configuration names are counted by their name, that of source.topics by its filters.
      onElement: ({ filterId }) => context.ledger.received(spec.id === DEFAULT_ID ? filterId : spec.id, Date.now()),
      onEmpty: () => context.ledger.filtered(),
    },
    {
      maxPayloadBytes: config.limits.maxPayloadBytes,
      concurrency: ELEMENTS_PER_WORKER * config.workers.count,
      stopped: stopping.signal,
    },
  );
  const source = connections.openSource(spec, (delivery) => void handle(delivery));

  return {
    spec,
    source,
    pipeline,
    retire(version) {
      source.retire();
      last = version;
      last.hold();
    },
    async drain(signal) {
      undeliverable.stop();
      const drained = source.drain(signal);
      // What the broker refuses both ways would be waited for in vain: it comes again to the next process.
      await Promise.race([drained, pipeline.idle().then(() => (undeliverable.isBlocked ? undefined : drained))]);
      stopping.abort();
    },
    async end() {
      await source.end(END_TIMEOUT_MS);
      last?.release();
      connections.sourceEnded(spec.id);
      blocked.forget(spec.id);
    },
  };
}

/** A worker inspects the picture for each assignment. What fails for one model is a failure beside the results of others. */
function inspectWith(
  pool: Pick<Pool, 'run'>,
  rowRulesOf: (delivery: Delivery) => RowRules,
  assignmentsOf: (delivery: Delivery) => readonly Assignment[],
): Inspect {
  return async (delivery, { beforeStart, digest }) => {
    const { topic, payload, properties, receivedAtMs } = delivery; // what of a delivery can go to a thread
    const job: Job = { topic, payload, properties, receivedAtMs, ...defined({ digest }) };
    const assignments = assignmentsOf(delivery);
    const run = async (assignment: Assignment, beforeRun: () => void): Promise<Inspection> => {
      if (assignment.model !== NO_MODEL) return await pool.run({ ...job, assignments: [assignment] }, beforeRun);
      beforeRun();
      return rowRulesOf(delivery)(job, assignment.rules);
    };
    const [only, ...others] = assignments;
    if (only !== undefined && others.length === 0) {
      return inspectedBy([await run(only, beforeStart)]);
    }
    let isStarted = false;
    // Once one model has begun, the message is not dropped for the others.
    const beforeFirst = () => {
      if (!isStarted) beforeStart();
      isStarted = true;
    };
    const answers = await Promise.allSettled(assignments.map((each) => run(each, beforeFirst)));
    const inspections = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
    const reasons: unknown[] = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : []));
    const foreign = reasons.find((reason) => !(reason instanceof ServiceError));
    if (foreign !== undefined || (inspections.length === 0 && reasons.length > 0)) {
      for (const { release } of inspections) release?.();
      throw foreign ?? reasons[0];
    }
    return inspectedBy(
      inspections,
      reasons.filter((reason) => reason instanceof ServiceError),
    );
  };
}

function inspectedBy(inspections: readonly Inspection[], failed: readonly ServiceError[] = []): Inspected {
  const failures = inspections.flatMap(({ failures: ofRules = [] }) =>
    ofRules.map(({ error }) => fromWire(error)).filter((error) => error instanceof ServiceError),
  );
  return { inspections, failures: [...failed, ...failures] };
}
