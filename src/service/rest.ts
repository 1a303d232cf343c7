/** REST beside the service: what it made joins the configuration at start, and every call changes the running catalogue. */
import { resolve } from 'node:path';
import { type Adjustments, NO_ADJUSTMENTS } from '../catalogue/adjustments.js';
import type { Config } from '../config/config.js';
import type { Outcome } from '../pipeline/ports.js';
import type { RuleFigures } from '../rest/rule-status.js';
import type { RestServer } from '../rest/server.js';
import type { Logger } from '../std/logger.js';
import type { ObjectStore } from '../store/object-store.js';
import type { Connections } from './connections.js';
import type { LiveCatalogue } from './live-catalogue.js';
import type { GivenCatalogue, Reloader } from './reload.js';

export interface RestSide {
  /** The configuration with what REST made, and which of it is stopped. */
  readonly beginning: GivenCatalogue;
  onSettled(stream: string, outcome: Outcome): void;
  onTakenOver(live: LiveCatalogue): void;
  /** Answers calls from now on. @throws {ServiceError} ERR_CONFIG when the address can't be listened on */
  listen(running: RunningParts): Promise<RestServer>;
  /** Another configuration under the same objects. @throws {ServiceError} when nothing of it is taken */
  reload(config: Config): Promise<readonly string[]>;
}

export interface RunningParts {
  readonly reloader: Reloader;
  readonly connections: Pick<Connections, 'linkOf'>;
}

export interface RestSideParts {
  readonly store: ObjectStore;
  /** Folder that relative paths start from. */
  readonly cwd: string;
  readonly logger: Logger;
}

/**
 * Loads the code of REST: without it the service has none of it in memory.
 * @throws {ServiceError} ERR_CATALOGUE for a kept object that cannot be used, ERR_CONFIG for an id that the configuration has, too
 */
export async function openRest(config: Config, { store, cwd, logger }: RestSideParts): Promise<RestSide> {
  const [
    { createRestState },
    { createRestCalls },
    { startRestServer },
    { createStatusBook },
    { stoppedOf },
    { removeUnusedModels },
  ] = await Promise.all([
    import('../rest/state.js'),
    import('../rest/calls.js'),
    import('../rest/server.js'),
    import('../rest/status-book.js'),
    import('../rest/catalogue.js'),
    import('../rest/plugin-calls.js'),
  ]);
  const log = logger.child({ component: 'rest' });
  let running: RunningParts | undefined;
  const book = createStatusBook(Date.now);

  function parts(): RunningParts {
    if (running === undefined) throw new Error('REST is asked before the service runs');
    return running;
  }

  /** Rules of REST are stopped by its catalogue, others as they were. */
  function adjustedBy(now: Adjustments, stopped: ReadonlySet<string>): Adjustments {
    const others = [...now.stopped].filter((id) => !state.catalogue().rules.has(id));
    return { ...now, stopped: new Set([...others, ...stopped]) };
  }

  function hidePasswords({ sinks }: Config): void {
    logger.hideToo?.(sinks.flatMap(({ broker }) => broker.password ?? []));
  }

  const state = createRestState(config, {
    store,
    cwd,
    log,
    host: {
      async change(wanted, stopped, keep) {
        hidePasswords(wanted);
        await parts().reloader.change(wanted, (now) => adjustedBy(now, stopped), keep);
        book.keep(new Set(wanted.rules.map(({ id }) => id)));
      },
    },
  });
  hidePasswords(state.config());
  await removeUnusedModels(state);

  function figuresOf(id: string): RuleFigures {
    const { reloader, connections } = parts();
    const spec = reloader.given().rules.find((rule) => rule.id === id);
    const run = book.of(id);
    const stream = reloader.streams().find((each) => each.spec.id === spec?.stream);
    const actions = spec?.select?.actions ?? [{ kind: 'mqtt', sink: spec?.sink ?? '' } as const];
    return {
      isRunning: reloader.current().rules.some((rule) => rule.id === id),
      startedMs: run?.startedMs ?? 0,
      stoppedMs: run?.stoppedMs ?? 0,
      ...(run && { steps: run.steps }),
      waiting: stream?.source.unsettled ?? 0,
      source: connections.linkOf('source', spec?.stream ?? ''),
      sinks: actions.map((action) => (action.kind === 'mqtt' ? connections.linkOf('sink', action.sink) : undefined)),
    };
  }

  return {
    beginning: { given: state.config(), adjustments: adjustedBy(NO_ADJUSTMENTS, stoppedOf(state.catalogue())) },
    onSettled: book.onSettled,
    onTakenOver: ({ rules }) => book.running(rules),
    async listen(given) {
      running = given;
      book.running(given.reloader.current().rules);
      const folders = config.rest.files.map((folder) => resolve(cwd, folder));
      const routes = createRestCalls({ state, figures: figuresOf, folders });
      const server = await startRestServer(routes, { ...config.rest, allowedHosts: config.http.allowedHosts }, log);
      log.info({ url: server.url }, 'REST is listening');
      return server;
    },
    reload: (given) => state.rebase(given, (wanted) => parts().reloader.reload(wanted)),
  };
}
