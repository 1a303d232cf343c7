/** What every part of a running service shares: the books it keeps and the people it tells. Made before anything can fail. */

import { resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { StreamSpec } from '../catalogue/catalogue.js';
import type { Config } from '../config/config.js';
import { DEFAULT_ID } from '../domain/rule.js';
import type { EngineChoice } from '../engine/engine.js';
import type { Probe } from '../engine/probe.js';
import { createKeeper, type Keeper } from '../keep/keeper.js';
import { openKeptFolder } from '../keep/kept-folder.js';
import type { ServiceError } from '../std/errors.js';
import type { Logger } from '../std/logger.js';
import { version } from '../std/package-root.js';
import { deferred } from '../std/promises.js';
import { type Cameras, createCameras } from '../telemetry/cameras.js';
import { createDefectHistory, type DefectHistory } from '../telemetry/defect-history.js';
import { createFaultLog, type FaultLog } from '../telemetry/fault-log.js';
import { createLedger, type Ledger } from '../telemetry/ledger.js';
import { createMetrics, type Metrics } from '../telemetry/metrics.js';
import { createReadiness, type Readiness } from '../telemetry/readiness.js';
import {
  createRecentDeadLetters,
  createRecentResults,
  type RecentDeadLetters,
  type RecentResults,
} from '../telemetry/recent.js';
import { createTallies, type Tallies } from '../telemetry/tallies.js';
import { type CameraName, createCameraName } from '../topics/camera-name.js';
import { filterIds } from '../topics/topic.js';

/** The world outside, passed in. */
export interface ServiceParts {
  readonly logger: Logger;
  readonly env: NodeJS.ProcessEnv;
  /** Folder that relative paths start from. */
  readonly cwd: string;
  /** 0..1, for jitter. */
  readonly random: () => number;
  /** A fake engine, for tests. */
  readonly engine?: EngineChoice;
  /** Reads the configuration again, file and secrets; absent: there is no reload over HTTP. @throws {ServiceError} ERR_CONFIG */
  readonly readConfig?: () => Config;
  /** A process to try the runtime in that is started already. */
  readonly probe?: Probe;
}

/** Why the service cannot go on by itself. */
export interface ServiceFailure {
  readonly error: ServiceError;
  /** Threads hang in native code: nothing but SIGKILL ends the process. */
  readonly hangs: boolean;
}

/** All must hold for /readyz to be green. */
const CONDITIONS = ['model', 'workers', 'self-test', 'source', 'sink', 'results'] as const;
export type ConditionName = (typeof CONDITIONS)[number];

/** One line a camera, and which camera a message is of. */
export interface CameraBooks extends Cameras {
  /** Absent where a field of the message names it: the worker reads that. */
  readonly nameOf: CameraName | undefined;
}

export interface ServiceContext {
  readonly config: Config;
  readonly parts: ServiceParts;
  readonly log: Logger;
  readonly faults: FaultLog;
  /** Absent while cameras.by is off. */
  readonly cameras: CameraBooks | undefined;
  /** Absent without keep.path. */
  readonly keeper: Keeper | undefined;
  readonly readiness: Readiness<ConditionName>;
  readonly ledger: Ledger;
  readonly metrics: Metrics;
  readonly tallies: { readonly models: Tallies; readonly rules: Tallies };
  readonly recent: RecentResults;
  readonly deadLetters: RecentDeadLetters;
  readonly history: DefectHistory;
  /** The first call decides. */
  readonly fail: (failure: ServiceFailure) => void;
  readonly failed: Promise<ServiceFailure>;
}

/** Results that the live page can show, and the memory their pictures may keep. */
const RECENT = { maxCount: 100, maxBytes: 8 * 1024 * 1024 };
const MAX_DEAD_LETTERS = 50;
/** Ten minutes. */
const HISTORY = { slotSeconds: 10, slots: 60 };

/** Lines a minute of one code and topic, and how many of these are told apart. */
const FAULT_LOG = { maxLines: 5, periodMs: 60_000, maxKinds: 1000 };

export function createContext(config: Config, parts: ServiceParts): ServiceContext {
  const log = parts.logger.child({ component: 'service' });
  const ledger = createLedger(config.streams.flatMap(streamLabels));
  const failed = deferred<ServiceFailure>();
  const cameras = camerasOf(config);
  const keeper = keeperOf(config, parts);
  return {
    config,
    parts,
    log,
    faults: createFaultLog(log, FAULT_LOG),
    cameras,
    keeper,
    ledger,
    fail: failed.resolve,
    failed: failed.promise,
    tallies: { models: createTallies(Date.now), rules: createTallies(Date.now) },
    recent: createRecentResults(RECENT),
    deadLetters: createRecentDeadLetters(MAX_DEAD_LETTERS),
    history: createDefectHistory({ ...HISTORY, nowMs: Date.now }),
    readiness: createReadiness(CONDITIONS, ({ ready, reasons }) => {
      if (ready) log.info({}, 'ready');
      else log.warn({ reasons: reasons.join('; ') }, 'not ready');
    }),
    metrics: createMetrics({
      ledger,
      rules: config.rules.map(({ id }) => id),
      messageAge: config.source.timestampField !== undefined,
      build: { client_id: config.mqtt.clientId, version, node: process.versions.node },
      nowMs: () => performance.now(),
      cameras,
      keep: keeper?.status,
    }),
  };
}

/** Values of the label `stream`: the ids of its topic filters where the stream has no name, else its id. */
export function streamLabels({ id, topics }: StreamSpec): readonly string[] {
  return id === DEFAULT_ID ? filterIds(topics) : [id];
}

function camerasOf({ cameras: { by, max } }: Config): CameraBooks | undefined {
  if (by === 'off') return undefined;
  return { ...createCameras({ max, nowMs: Date.now }), nameOf: createCameraName(by) };
}

function keeperOf({ keep: { path, maxBytes, days } }: Config, { cwd, logger }: ServiceParts): Keeper | undefined {
  if (path === undefined) return undefined;
  const log = logger.child({ component: 'keep' });
  return createKeeper({ folder: openKeptFolder(resolve(cwd, path)), log, nowMs: Date.now }, { maxBytes, days });
}
