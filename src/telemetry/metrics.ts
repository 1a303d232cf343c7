/**
 * The metrics of the service as its parts see them: verbs with values in the unit at hand, no metric names. What the
 * ledger counts is read from the ledger at the scrape, so that the two can never disagree.
 *
 * prom-client's histograms cost about 0.6 µs an observation, ten observations a message: no batching is needed.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { ROLES, type Role, WORKER_STATES, type WorkerState } from '../domain/closed-sets.js';
import { STAGES, type Stage } from '../domain/inspection.js';
import type { Cameras } from './cameras.js';
import { addKeepMetrics, type KeepCounts } from './keep-metrics.js';
import type { Ledger } from './ledger.js';
import { LABEL_VALUES, METRICS, type MetricEntry } from './metric-table.js';
import { createShadowMetrics, type ShadowMetrics } from './shadow-metrics.js';

/** What is asked at each scrape instead of being told at each change. */
interface GaugeSources {
  /** Worker threads by state; a state left out counts 0. */
  workers(): Readonly<Partial<Record<WorkerState, number>>>;
  /** Messages being worked on divided by the cap, 0..1. */
  saturation(): number;
  isReady(): boolean;
}

interface ModelInfo {
  /** Its id in the catalogue. */
  readonly model: string;
  readonly name: string;
  readonly version: string;
  readonly device: string;
  readonly precision: string;
  readonly engine: string;
  readonly runtime: string;
}

interface BuildInfo {
  /** Tells the services of one machine apart. */
  readonly client_id: string;
  readonly version: string;
  readonly node: string;
}

export interface Metrics extends ShadowMetrics {
  /** Gauges read 0 until this is called. */
  attach(sources: GaugeSources): void;
  /** Milliseconds by stage; a stage that did not run is absent. */
  stages(stagesMs: Readonly<Partial<Record<Stage, number>>>): void;
  endToEnd(durationMs: number): void;
  /** Milliseconds; a clock ahead of ours counts as 0. Does nothing unless created with `messageAge`. */
  messageAge(ageMs: number): void;
  defects(count: number): void;
  candidatesCut(count: number): void;
  ruleMatched(rule: string): void;
  /** A result of the rule is published. */
  judged(rule: string, ok: boolean): void;
  workerRestarted(): void;
  intakePaused(paused: boolean): void;
  connected(role: Role, up: boolean): void;
  reconnected(role: Role): void;
  publishRetried(): void;
  copied(): void;
  /** @param isAll whether the last self-tests of all models passed */
  selfTested(model: string, passed: boolean, isAll: boolean): void;
  /** @param memoryBytes native memory that compiling it took; absent: not known */
  modelLoaded(info: ModelInfo, memoryBytes?: number): void;
  /** A model inspected a picture. */
  inspectedBy(model: string, picture: { readonly isDefective: boolean; readonly inferMs: number | undefined }): void;
  /** A model could not inspect a picture. */
  failedBy(model: string): void;
  /** There is no model of this id any more. */
  modelDropped(model: string): void;
  readonly contentType: string;
  /** Everything in Prometheus' text format, the ledger's counts taken at one moment. */
  text(): Promise<string>;
}

export interface MetricsOptions {
  readonly ledger: Ledger;
  /** Ids of all rules. */
  readonly rules: readonly string[];
  /** Whether source.timestampField is configured. */
  readonly messageAge: boolean;
  readonly build: BuildInfo;
  /** Present with cameras.by alone. */
  readonly cameras?: Pick<Cameras, 'lines'> | undefined;
  /** Present with keep.path alone. */
  readonly keep?: (() => KeepCounts) | undefined;
  /** Monotonic milliseconds. */
  readonly nowMs: () => number;
}

/** Shorter would wake an idle process a hundred times a second for the event loop's lag alone (0.7 % of a core). */
const EVENT_LOOP_SAMPLE_MS = 100;

/** Gauges of prom-client that are called like counters; the same numbers by type are there without them. */
const MISNAMED = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

export function createMetrics(options: MetricsOptions): Metrics {
  const { ledger, nowMs } = options;
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: EVENT_LOOP_SAMPLE_MS });
  for (const name of MISNAMED) registry.removeSingleMetric(name);

  const counter = <L extends string>(entry: MetricEntry & { readonly labels: readonly L[] }): Counter<L> =>
    new Counter({ name: entry.name, help: entry.help, labelNames: [...entry.labels], registers });
  const gauge = <L extends string>(entry: MetricEntry & { readonly labels: readonly L[] }): Gauge<L> =>
    new Gauge({ name: entry.name, help: entry.help, labelNames: [...entry.labels], registers });
  const histogram = <L extends string>(entry: MetricEntry & { readonly labels: readonly L[] }): Histogram<L> =>
    new Histogram({
      name: entry.name,
      help: entry.help,
      labelNames: [...entry.labels],
      buckets: [...(entry.buckets ?? [])],
      registers,
    });

  const messagesReceived = counter(METRICS.messagesReceived);
  const messages = counter(METRICS.messages);
  const messagesInFlight = gauge(METRICS.messagesInFlight);
  const rejected = counter(METRICS.rejected);
  const dropped = counter(METRICS.dropped);
  const redeliveries = counter(METRICS.redeliveries);
  const lastMessageTimestamp = gauge(METRICS.lastMessageTimestamp);
  const ruleMatches = counter(METRICS.ruleMatches);
  const ruleVerdicts = counter(METRICS.ruleVerdicts);
  const stageDuration = histogram(METRICS.stageDuration);
  const endToEndDuration = histogram(METRICS.endToEndDuration);
  const messageAge = options.messageAge ? histogram(METRICS.messageAge) : undefined;
  const defects = histogram(METRICS.defects);
  const candidatesCut = counter(METRICS.candidatesCut);
  const workers = gauge(METRICS.workers);
  const workerRestarts = counter(METRICS.workerRestarts);
  const saturation = gauge(METRICS.saturation);
  const intakePaused = gauge(METRICS.intakePaused);
  const intakePausedSeconds = counter(METRICS.intakePausedSeconds);
  const mqttConnected = gauge(METRICS.mqttConnected);
  const mqttReconnects = counter(METRICS.mqttReconnects);
  const publishRetries = counter(METRICS.publishRetries);
  const copies = counter(METRICS.copies);
  const sessionsLost = counter(METRICS.sessionsLost);
  const ready = gauge(METRICS.ready);
  const selfTestSuccess = gauge(METRICS.selfTestSuccess);
  const modelInfo = gauge(METRICS.modelInfo);
  const ofModels = {
    pictures: counter(METRICS.modelPictures),
    defective: counter(METRICS.modelDefective),
    failures: counter(METRICS.modelFailures),
    infer: histogram(METRICS.modelInferDuration),
    selfTest: gauge(METRICS.modelSelfTestSuccess),
    memory: gauge(METRICS.modelMemory),
  };
  const modelInfos = new Map<string, ModelInfo>();

  gauge(METRICS.buildInfo).set({ ...options.build }, 1);
  for (const stage of STAGES) stageDuration.zero({ stage });
  for (const rule of options.rules) {
    ruleMatches.inc({ rule }, 0);
    for (const ok of LABEL_VALUES.ok) ruleVerdicts.inc({ rule, ok }, 0);
  }
  for (const role of ROLES) {
    mqttConnected.set({ role }, 0);
    mqttReconnects.inc({ role }, 0);
  }

  const cameras = options.cameras && {
    lines: options.cameras.lines,
    metrics: {
      seen: gauge(METRICS.cameraSeen),
      pictures: counter(METRICS.cameraPictures),
      defective: counter(METRICS.cameraDefective),
      deadLetters: counter(METRICS.cameraDeadLetters),
    },
  };

  if (options.keep !== undefined) addKeepMetrics(registry, options.keep);

  let sources: GaugeSources = { workers: () => ({}), saturation: () => 0, isReady: () => false };
  let pausedSinceMs: number | undefined;

  /** Adds the pause so far, so that the counter also grows during a long one. */
  function countPause(): void {
    if (pausedSinceMs === undefined) return;
    const now = nowMs();
    intakePausedSeconds.inc(Math.max(0, now - pausedSinceMs) / 1000);
    pausedSinceMs = now;
  }

  /** The label is whatever is kept apart now: a camera that is counted with the others has no series of its own any more. */
  function takeCameras(): void {
    if (cameras === undefined) return;
    for (const metric of Object.values(cameras.metrics)) metric.reset();
    for (const { camera, lastSeenAtMs, pictures, defective, deadLetters } of cameras.lines()) {
      cameras.metrics.seen.set({ camera }, lastSeenAtMs / 1000);
      cameras.metrics.pictures.inc({ camera }, pictures);
      cameras.metrics.defective.inc({ camera }, defective);
      cameras.metrics.deadLetters.inc({ camera }, deadLetters);
    }
  }

  /** One synchronous step: no message can move between two of these numbers. */
  function takeCounts(): void {
    const counts = ledger.snapshot();
    setCounter(messagesReceived, 'stream', counts.receivedByStream);
    setCounter(messages, 'outcome', counts.outcomes);
    setCounter(rejected, 'code', counts.rejected);
    setCounter(dropped, 'reason', counts.dropped);
    redeliveries.reset();
    redeliveries.inc(counts.redeliveries);
    sessionsLost.reset();
    sessionsLost.inc(counts.sessionsLost);
    messagesInFlight.set(counts.inFlight);
    for (const [stream, atMs] of Object.entries(counts.lastReceivedAtMs)) {
      lastMessageTimestamp.set({ stream }, atMs / 1000);
    }
    const threads = sources.workers();
    for (const state of WORKER_STATES) workers.set({ state }, threads[state] ?? 0);
    saturation.set(sources.saturation());
    ready.set(sources.isReady() ? 1 : 0);
    countPause();
    takeCameras();
  }

  return {
    attach(given) {
      sources = given;
    },
    stages(stagesMs) {
      for (const stage of STAGES) {
        const durationMs = stagesMs[stage];
        if (durationMs !== undefined) stageDuration.observe({ stage }, durationMs / 1000);
      }
    },
    endToEnd: (durationMs) => endToEndDuration.observe(durationMs / 1000),
    messageAge: (ageMs) => messageAge?.observe(Math.max(0, ageMs) / 1000),
    defects: (count) => defects.observe(count),
    candidatesCut: (count) => candidatesCut.inc(count),
    ruleMatched: (rule) => ruleMatches.inc({ rule }),
    judged: (rule, ok) => ruleVerdicts.inc({ rule, ok: String(ok) }),
    workerRestarted: () => workerRestarts.inc(),
    intakePaused(paused) {
      countPause();
      pausedSinceMs = paused ? (pausedSinceMs ?? nowMs()) : undefined;
      intakePaused.set(paused ? 1 : 0);
    },
    connected: (role, up) => mqttConnected.set({ role }, up ? 1 : 0),
    reconnected: (role) => mqttReconnects.inc({ role }),
    publishRetried: () => publishRetries.inc(),
    copied: () => copies.inc(),
    selfTested(model, passed, isAll) {
      ofModels.selfTest.set({ model }, passed ? 1 : 0);
      selfTestSuccess.set(isAll ? 1 : 0);
    },
    inspectedBy(model, { isDefective, inferMs }) {
      ofModels.pictures.inc({ model });
      if (isDefective) ofModels.defective.inc({ model });
      if (inferMs !== undefined) ofModels.infer.observe({ model }, inferMs / 1000);
    },
    failedBy: (model) => ofModels.failures.inc({ model }),
    modelLoaded(info, memoryBytes = 0) {
      const { model } = info;
      for (const each of [ofModels.pictures, ofModels.defective, ofModels.failures]) each.inc({ model }, 0);
      if (!modelInfos.has(model)) ofModels.infer.zero({ model });
      ofModels.memory.set({ model }, memoryBytes);
      const former = modelInfos.get(info.model);
      if (former !== undefined) modelInfo.remove({ ...former });
      modelInfos.set(info.model, info);
      modelInfo.set({ ...info }, 1);
    },
    modelDropped(model) {
      const info = modelInfos.get(model);
      if (info !== undefined) modelInfo.remove({ ...info });
      modelInfos.delete(model);
      for (const metric of Object.values(ofModels)) metric.remove({ model });
    },
    ...createShadowMetrics({ counter, histogram }),
    contentType: registry.contentType,
    text() {
      takeCounts();
      return registry.metrics();
    },
  };
}

/** Sets a counter with one label to counts kept elsewhere; `reset` also gives a scrape in progress its own objects. */
function setCounter<L extends string>(counter: Counter<L>, label: L, counts: Readonly<Record<string, number>>): void {
  counter.reset();
  for (const [value, count] of Object.entries(counts)) {
    counter.inc({ [label]: value } as Record<L, string>, count);
  }
}
