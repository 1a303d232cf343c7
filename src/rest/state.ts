/** The catalogue of REST as it is, and the one way to change it: checked, made ready, kept, and only then taken. */
import { isDeepStrictEqual } from 'node:util';
import type { Config } from '../config/config.js';
import { messageOf, ServiceError } from '../std/errors.js';
import type { Log } from '../std/logger.js';
import { createSharedExclusiveLock } from '../std/shared-exclusive-lock.js';
import type { ObjectChange, ObjectStore } from '../store/object-store.js';
import { configOf, feedbackOf, type RestCatalogue, readCatalogue, stoppedOf } from './catalogue.js';
import { CODE, RestError } from './rest-error.js';

/** What the service does for REST. */
export interface RestHost {
  /**
   * Has pictures judged by this configuration, all or nothing. @param stopped ids of rules of REST that are not to run
   * @param keep called when everything is ready; nothing is taken when it fails
   */
  change(config: Config, stopped: ReadonlySet<string>, keep: () => Promise<void>): Promise<void>;
}

export interface RestState {
  readonly store: ObjectStore;
  readonly cwd: string;
  catalogue(): RestCatalogue;
  /** The configuration without what REST made. */
  base(): Config;
  /** The configuration that does what the catalogue says. */
  config(): Config;
  /** True for objects of the configuration, which REST shows and does not change. */
  isOfFile(kind: 'streams' | 'models' | 'rules', id: string): boolean;
  /** Changes one after the other: `make` sees the outcome of those before. @throws {RestError} and nothing has changed */
  change<T>(make: (now: RestCatalogue) => Promise<Change<T>> | Change<T>): Promise<T>;
  /** Another configuration under the same objects. @throws {ServiceError} ERR_CONFIG for an id that both have */
  rebase(base: Config, take: (config: Config) => Promise<readonly string[]>): Promise<readonly string[]>;
}

export interface Change<T> {
  readonly next: RestCatalogue;
  readonly kept: readonly ObjectChange[];
  readonly answer: T;
}

/** @throws {ServiceError} ERR_CATALOGUE, ERR_CONFIG */
export function createRestState(
  first: Config,
  {
    store,
    cwd,
    host,
    log,
  }: { readonly store: ObjectStore; readonly cwd: string; readonly host: RestHost; readonly log: Pick<Log, 'error'> },
): RestState {
  const lock = createSharedExclusiveLock();
  let base = first;
  let catalogue = readCatalogue(base, store, cwd);
  let config = configOf(base, catalogue, store.folder);

  async function take(next: RestCatalogue, kept: readonly ObjectChange[]): Promise<void> {
    const wanted = configOf(base, next, store.folder);
    for (const rule of next.rules.values()) {
      if (next.streams.get(rule.spec.stream)?.topics.length === 0) {
        throw new RestError(CODE.undefined, `rule ${rule.id}: stream ${rule.spec.stream} has no DATASOURCE`);
      }
      const feedback = feedbackOf(rule, wanted);
      if (feedback !== undefined) throw new RestError(CODE.undefined, `rule ${rule.id}: ${feedback}`);
    }
    const stopped = stoppedOf(next);
    let isKept = false;
    const keep = async () => {
      await store.change(kept);
      isKept = true;
    };
    const isSame = isDeepStrictEqual(wanted, config) && isDeepStrictEqual(stopped, stoppedOf(catalogue));
    if (isSame) await keep();
    else
      await host.change(wanted, stopped, keep).catch((err: unknown) => {
        if (!isKept) throw err;
        log.error({ err }, 'a change was taken, and something of the version before it stays behind');
      });
    catalogue = next;
    config = wanted;
  }

  return {
    store,
    cwd,
    catalogue: () => catalogue,
    base: () => base,
    config: () => config,
    isOfFile: (kind, id) => base[kind].some((each) => each.id === id),
    change: (make) =>
      lock.exclusive(async () => {
        try {
          const { next, kept, answer } = await make(catalogue);
          await take(next, kept);
          return answer;
        } catch (error) {
          if (error instanceof ServiceError) throw new RestError(CODE.undefined, messageOf(error));
          throw error;
        }
      }),
    rebase: (given, reload) =>
      lock.exclusive(async () => {
        const next = readCatalogue(given, store, cwd);
        const wanted = configOf(given, next, store.folder);
        const told = await reload(wanted);
        base = given;
        catalogue = next;
        config = wanted;
        return told;
      }),
  };
}

/** @throws {RestError} for an object of the configuration */
export function assertOwn(state: RestState, kind: 'streams' | 'models' | 'rules', id: string): void {
  if (!state.isOfFile(kind, id)) return;
  const noun = { streams: 'stream', models: 'model', rules: 'rule' }[kind];
  throw new RestError(CODE.undefined, `${noun} ${id} is of the configuration file, where alone it can be changed`);
}

/** A map with one entry more, another one, or one less. */
export function withEntry<T>(map: ReadonlyMap<string, T>, id: string, value: T | undefined): ReadonlyMap<string, T> {
  const next = new Map(map);
  if (value === undefined) next.delete(id);
  else next.set(id, value);
  return next;
}
