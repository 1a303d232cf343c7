/**
 * Takes another configuration while pictures flow, all or nothing: what is new is made ready beside what runs, then takes
 * over between two pictures, and what is old goes when no picture is judged by it any more.
 */
import { isDeepStrictEqual } from 'node:util';
import {
  compareRules,
  type ModelEntry,
  type RuleChanges,
  rulesWithout,
  type StreamSpec,
} from '../catalogue/catalogue.js';
import { type Adjustments, adjusted, adjustmentsFor, NO_ADJUSTMENTS } from '../catalogue/adjustments.js';
import { createVersionBook, type VersionBook } from '../catalogue/versions.js';
import type { Config } from '../config/config.js';
import { ruleKey } from '../domain/rule.js';
import { ServiceError, toError } from '../std/errors.js';
import { createSharedExclusiveLock } from '../std/shared-exclusive-lock.js';
import { describeChanges, fixedKeys } from './changes.js';
import type { Connections } from './connections.js';
import type { ServiceContext } from './context.js';
import type { InspectionPool } from './inspection-pool.js';
import { createLiveCatalogue, type LiveCatalogue } from './live-catalogue.js';
import { openRowRules, type RowRules } from './row-rules.js';
import { type PreparedModel, prepareModel, type Workplace } from './prepare.js';
import { createRetirement } from './retirement.js';
import type { Stream } from './streams.js';

export interface Reloader {
  readonly current: () => LiveCatalogue;
  readonly streams: () => readonly Stream[];
  /**
   * One after the other. Resolves to what changed, a sentence each, when pictures are judged by the new version.
   * @throws {ServiceError} when nothing of it is taken: ERR_CONFIG with the keys that need a restart, or for a rule that its
   * model refuses; a set-up code of a model that does not load
   */
  reload(config: Config): Promise<readonly string[]>;
  /** The configuration as it was given last: with what is stopped. */
  readonly given: () => Config;
  readonly versions: VersionBook;
  /** @throws {ServiceError} as prepareModel */
  find(entry: ModelEntry): Promise<PreparedModel>;
  /**
   * Changes the running catalogue beside the configuration, as `reload` does. @param change of what is adjusted now
   * @throws {ServiceError} as reload, and what `change` throws
   */
  adjust(change: (now: Adjustments, given: Config) => Adjustments): Promise<readonly string[]>;
  /**
   * As reload and adjust at once. @param keep called when everything is ready: nothing is taken when it fails
   * @throws {ServiceError} as reload, and what `keep` throws
   */
  change(
    config: Config,
    adjust: (now: Adjustments) => Adjustments,
    keep: () => Promise<void>,
  ): Promise<readonly string[]>;
  /** Opens nothing more: the service stops. */
  stop(): void;
}

export interface ReloaderParts {
  readonly context: Pick<ServiceContext, 'log' | 'parts' | 'metrics' | 'tallies'>;
  readonly workplace: Workplace;
  readonly workers: InspectionPool;
  readonly connections: Connections;
  readonly openStream: (spec: StreamSpec) => Stream;
  readonly ending: AbortSignal;
  /** Told of each version that takes over. */
  readonly onTakenOver?: ((live: LiveCatalogue) => void) | undefined;
}

/** The configuration as it was given, and what of it does not run. */
export interface GivenCatalogue {
  readonly given: Config;
  readonly adjustments: Adjustments;
}

/** What dropped rules had open is given up before their streams are. */
const STOP_MARGIN_MS = 1_000;

/** @param first the version that the service starts with, made by `firstCatalogue` */
export function createReloader(
  parts: ReloaderParts,
  first: LiveCatalogue,
  beginning: GivenCatalogue = { given: first.config, adjustments: NO_ADJUSTMENTS },
): Reloader {
  const { context, workers, connections, openStream, workplace, ending } = parts;
  const { log } = context;
  const lock = createSharedExclusiveLock();
  const counters = new Map<string, number>();
  /** No key means two models in one process: what is being taken away has its key still. */
  const usedKeys = new Set(first.modelKeys.values());
  let live = first;
  const versions = createVersionBook();
  for (const { id } of first.config.models) ran(id);
  let { given, adjustments } = beginning;
  let isStopping = false;
  const streams = new Map(streamsRead(first).map((spec) => [spec.id, openStream(spec)]));
  const retire = createRetirement({ workers, connections, log, current: () => live });

  function next(id: string): number {
    const number = (counters.get(id) ?? 1) + 1;
    counters.set(id, number);
    return number;
  }

  /** @param number as VersionBook.runs has it */
  function ran(id: string, number?: number): void {
    const running = workers.models.get(live.modelKeys.get(id) ?? '');
    if (running === undefined) return;
    const { entry, model } = running;
    versions.runs(id, { entry, digest: model.digest, path: model.spec.path }, number);
  }

  /** The model as it is there if its entry and its files say what they said, else a new one under a key of its own. */
  async function modelFor(config: Config, id: string): Promise<PreparedModel> {
    const entry = config.models.find((each) => each.id === id);
    if (entry === undefined) throw new Error(`there is no model ${id}`);
    const found = await prepareModel(entry, { config, workplace, cwd: context.parts.cwd });
    const former = workers.models.get(live.modelKeys.get(id) ?? '');
    if (former !== undefined && isSameModel(former, found)) return former;
    const key = usedKeys.has(id) ? `${id}#${next(`model ${id}`)}` : id;
    usedKeys.add(key);
    return { ...found, setup: { ...found.setup, key } };
  }

  async function prepare(config: Config): Promise<Prepared> {
    const undo: (() => Promise<void>)[] = [];
    const changes = compareRules(live.rules, config.rules, (id) => next(`rule ${id}`));
    const modelKeys = new Map<string, string>();
    const newModels: PreparedModel[] = [];
    const judgeRow = await openRowRules(changes.rules);
    let failing: string | undefined;
    const takeBack = async () => {
      for (const step of undo.reverse()) await step();
    };
    try {
      for (const { id } of config.models) {
        failing = id;
        const model = await modelFor(config, id);
        const { key } = model.setup;
        const own = changes.rules.filter((rule) => rule.model === id);
        modelKeys.set(id, key);
        if (workers.models.has(key)) {
          const held = (await workers.pool.models()).find(({ setup }) => setup.key === key)?.setup.rules ?? [];
          const fresh = rulesWithout(own, held);
          if (fresh.length === 0) continue;
          await workers.pool.addRules(key, fresh);
          undo.push(() => workers.pool.dropRules(key, fresh.map(ruleKey)));
        } else {
          await workers.addModel({ ...model, setup: { ...model.setup, rules: own } });
          newModels.push(model);
          undo.push(() => workers.removeModel(key));
        }
      }
    } catch (error) {
      if (failing !== undefined) context.tallies.models.fault(failing, toError(error));
      await takeBack();
      throw error;
    }
    return { changes, modelKeys, newModels, judgeRow, takeBack };
  }

  /** Between two pictures: nothing here waits. */
  function takeOver(config: Config, { changes, modelKeys, judgeRow }: Prepared): LiveCatalogue {
    const former = live;
    connections.addSinks(config);
    live = createLiveCatalogue({ config, rules: changes.rules, modelKeys, judgeRow, log, ending });
    parts.onTakenOver?.(live);
    return former;
  }

  /** A source keeps its connection as long as its topics stay. What a dropped stream has taken is judged by `former`. */
  async function changeStreams(former: LiveCatalogue, timeoutMs: number): Promise<void> {
    const wanted = new Map(streamsRead(live).map((spec) => [spec.id, spec]));
    await Promise.all(
      [...streams].map(async ([id, stream]) => {
        const spec = wanted.get(id);
        if (spec !== undefined && isDeepStrictEqual(spec, stream.spec)) return;
        if (spec === undefined) stream.retire(former);
        await stream.drain(AbortSignal.timeout(timeoutMs));
        await stream.end();
        streams.delete(id);
      }),
    );
    for (const [id, spec] of wanted) if (!streams.has(id) && !isStopping) streams.set(id, openStream(spec));
  }

  async function take(config: Config, wanted: Adjustments, keep?: () => Promise<void>): Promise<readonly string[]> {
    const fixed = fixedKeys(given, config);
    if (fixed.length > 0) {
      const text = `Cannot take the new configuration as these keys change only with a restart: ${fixed.join(', ')}`;
      throw new ServiceError('ERR_CONFIG', text, { details: { keys: fixed.join(', ') } });
    }
    const next = { given: config, running: adjusted(config, wanted) };
    const prepared = await prepare(next.running);
    try {
      await connections.haveEnded(config.sinks);
      if (isStopping) throw new ServiceError('ERR_CONFIG', 'Cannot take the new configuration as the service stops');
      await keep?.();
    } catch (error) {
      await prepared.takeBack();
      throw error;
    }
    const before = { given, running: live.config };
    const former = takeOver(next.running, prepared);
    given = config;
    adjustments = wanted;
    for (const { entry } of prepared.newModels) ran(entry.id, wanted.promoted.get(entry.id)?.version);
    for (const id of former.modelKeys.keys()) if (!live.modelKeys.has(id)) versions.forget(id);
    const replacedModels = prepared.newModels.map(({ entry }) => entry.id);
    const told = describeChanges(before, next, { rules: prepared.changes, replacedModels });
    retire(former, prepared);
    await changeStreams(former, config.shutdown.timeoutMs + STOP_MARGIN_MS);
    log.info({ changes: told.join('; ') }, told.length === 0 ? 'reloaded: nothing has changed' : 'reloaded');
    return told;
  }

  return {
    current: () => live,
    streams: () => [...streams.values()],
    given: () => given,
    versions,
    find: (entry) => prepareModel(entry, { config: given, workplace, cwd: context.parts.cwd }),
    reload: (config) => lock.exclusive(() => take(config, adjustmentsFor(config, adjustments))),
    adjust: (change) => lock.exclusive(async () => take(given, change(adjustments, given))),
    change: (config, adjust, keep) =>
      lock.exclusive(() => take(config, adjust(adjustmentsFor(config, adjustments)), keep)),
    stop() {
      isStopping = true;
    },
  };
}

interface Prepared {
  readonly changes: RuleChanges;
  readonly modelKeys: ReadonlyMap<string, string>;
  readonly newModels: readonly PreparedModel[];
  readonly judgeRow: RowRules;
  /** Takes away what was added. */
  takeBack(): Promise<void>;
}

function isSameModel(a: PreparedModel, b: PreparedModel): boolean {
  const what = ({ entry, model, setup: { key: _key, rules: _rules, libvips: _libvips, ...setup } }: PreparedModel) => ({
    entry,
    digest: model.digest,
    setup,
  });
  return isDeepStrictEqual(what(a), what(b));
}

/** Those that a rule reads: no other is subscribed. */
function streamsRead({ config, rules }: LiveCatalogue): readonly StreamSpec[] {
  return config.streams.filter(({ id }) => rules.some(({ stream }) => stream === id));
}
