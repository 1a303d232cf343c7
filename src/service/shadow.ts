/**
 * A candidate: a version of a model that inspects some of the same pictures as the one that runs, in its shadow. Its one worker yields to
 * others, it begins only while no picture waits and half of the workers have nothing to do, and nothing of it is published: how far the two agree is counted.
 */
import type { CandidateView, LastError } from '../catalogue/view.js';
import type { Inspection, Job, RuleVerdict } from '../domain/inspection.js';
import { type RuleSpec, ruleKey } from '../domain/rule.js';
import type { Pool, PoolListener } from '../pool/pool.js';
import { type StartedPool, startPool } from '../pool/start-pool.js';
import { defined } from '../std/defined.js';
import { ServiceError, toServiceError } from '../std/errors.js';
import { copyBytes } from '../std/libc.js';
import type { ServiceContext } from './context.js';
import type { PreparedModel } from './prepare.js';

export interface Shadow {
  readonly model: PreparedModel;
  /** Whether the next picture is to be compared: its job then wants the mask. */
  wants(): boolean;
  /** Has the candidate inspect the picture of a job, too, if the pool has spare time. The payload is copied. */
  compare(job: Job, inspection: Inspection): void;
  view(): CandidateView;
  /** Gives its memory back. */
  close(): Promise<void>;
  /** The process ends. Resolves to the number of threads that native code still holds. */
  end(): Promise<number>;
}

export interface ShadowOptions {
  readonly model: PreparedModel;
  /** Of the pictures of the model that runs, above 0, at most 1. */
  readonly share: number;
  /** Rules that judge the model's pictures now, with their versions. */
  readonly rules: () => readonly RuleSpec[];
}

export type ShadowContext = Pick<ServiceContext, 'config' | 'parts' | 'log' | 'metrics'>;

/** Whoever has only spare time may take so many times as long as others. */
const PATIENCE = 10;

/** @throws {ServiceError} of a set-up code when it cannot be compiled, or fails its self-test */
export async function openShadow(
  { config, parts, log, metrics }: ShadowContext,
  pool: Pick<Pool, 'hasSpareTime'>,
  { model, share, rules }: ShadowOptions,
): Promise<Shadow> {
  const { id } = model.entry;
  const { compileLatency: _, ...given } = model.setup;
  // One thread that may be on any core: one that is tied to a core would wait there for what runs.
  const compile = { ...given.compile, streams: 1, threads: 1, pinning: false };
  const setup = { ...given, key: id, compile, rules: rules() };
  const counts = { compared: 0, skipped: 0, failed: 0, sameVerdict: 0, sameCount: 0, overlaps: 0, overlap: 0 };
  let lastError: LastError | undefined;
  const fault = (error: unknown): void => {
    const { code, message } = toServiceError(error, 'ERR_INFERENCE');
    lastError = { code, message, atMs: Date.now() };
  };
  const started = await startPool(
    [setup],
    {
      engine: setup.engine,
      count: 1,
      jobTimeoutMs: PATIENCE * config.limits.jobTimeoutMs,
      startTimeoutFactor: PATIENCE * config.limits.startTimeoutFactor,
      random: parts.random,
      isBackground: true,
    },
    listenerOf(id, fault, log),
  );
  metrics.candidateOpened(id);
  const known = new Set(setup.rules.map(ruleKey));
  let isBusy = false;
  let due = 0;

  function skip(): void {
    counts.skipped += 1;
    metrics.comparisonSkipped(id);
  }

  function failed(error: unknown): void {
    counts.failed += 1;
    fault(error);
    metrics.comparisonFailed(id);
  }

  /** Rules that came with a reload. What the candidate refuses is refused again with each picture, and told. */
  async function learn(keys: readonly string[]): Promise<void> {
    const fresh = rules().filter((rule) => keys.includes(ruleKey(rule)));
    await started.pool.addRules(id, fresh);
    for (const rule of fresh) known.add(ruleKey(rule));
  }

  async function run(job: Job, inspection: Inspection): Promise<void> {
    const keys = job.assignments?.[0]?.rules ?? [];
    const unknown = keys.filter((key) => !known.has(key));
    if (unknown.length > 0) await learn(unknown);
    const own = await started.pool.run({ ...job, assignments: [{ model: id, rules: keys }] });
    const verdict = isSameVerdict(inspection, own.dryRun?.rules ?? []);
    const count = inspection.measures?.defect === own.measures?.defect;
    const { both = 0, either = 0 } = own.overlap ?? {};
    counts.compared += 1;
    counts.sameVerdict += verdict ? 1 : 0;
    counts.sameCount += count ? 1 : 0;
    counts.overlaps += either === 0 ? 0 : 1;
    counts.overlap += either === 0 ? 0 : both / either;
    metrics.compared(id, { verdict, count, ...(either > 0 && { overlap: both / either }) });
  }

  return {
    model,
    wants() {
      due += share;
      if (due < 1) return false;
      due -= 1;
      if (isBusy) skip();
      return !isBusy;
    },
    compare({ topic, payload: given, properties, receivedAtMs, assignments = [] }, inspection) {
      if (isBusy || !pool.hasSpareTime()) return skip();
      isBusy = true;
      const payload = new Uint8Array(new SharedArrayBuffer(given.byteLength)); // the message's own is lent to the next one
      copyBytes(given, payload);
      const { id: messageId, digest = messageId, mask } = inspection;
      const dryRun = { render: 'none' } as const;
      const job = { topic, payload, properties, receivedAtMs, assignments, digest, dryRun };
      run({ ...job, ...defined({ compareWith: mask }) }, inspection)
        .catch(failed)
        .finally(() => {
          isBusy = false;
        });
    },
    view() {
      const { overlaps, overlap, ...rest } = counts;
      const { path, name, version } = model.model.spec;
      const meanOverlap = overlaps === 0 ? null : overlap / overlaps;
      return { description: `${name}@${version}`, path, share, ...rest, meanOverlap, ...defined({ lastError }) };
    },
    async close() {
      await release(started, id);
      await started.pool.close();
    },
    end: () => started.pool.close(),
  };
}

/** Frees the model when what its worker does has ended; a worker that hangs keeps it. */
async function release(started: StartedPool, key: string): Promise<void> {
  if (started.pool.status().abandoned === 0) await started.removeModel(key);
}

/** What a rule failed on is no verdict. */
function isSameVerdict(
  { results, failures = [] }: Inspection,
  verdicts: readonly (RuleVerdict & { readonly rule: string })[],
): boolean {
  const matched = new Set(results.map(({ rule }) => rule));
  const failed = new Set(failures.map(({ rule }) => rule));
  return verdicts.every(({ rule, matches }) => failed.has(rule) || matches === matched.has(rule));
}

function listenerOf(id: string, fault: (error: Error) => void, log: ShadowContext['log']): PoolListener {
  return {
    onRestart(cause) {
      log.warn({ id, err: cause }, 'the worker of a candidate was replaced');
    },
    onStartFailed: fault,
    onAbandoned(count) {
      if (count > 0)
        fault(new ServiceError('ERR_JOB_TIMEOUT', 'Cannot end the worker of the candidate as native code holds it'));
    },
    onWarning: fault,
    onChange: () => undefined,
  };
}
