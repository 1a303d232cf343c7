/** Changes of the running catalogue beside the configuration, and what runs for people who look. */
import { isDeepStrictEqual } from 'node:util';
import type { Adjustments } from '../catalogue/adjustments.js';
import type { ModelEntry } from '../catalogue/catalogue.js';
import type { CatalogueView } from '../catalogue/view.js';
import { type Control, type ControlAnswer, UnknownIdError } from '../http/control-routes.js';
import { defined } from '../std/defined.js';
import { ServiceError } from '../std/errors.js';
import { type ServiceContext, streamLabels } from './context.js';
import type { InspectionPool } from './inspection-pool.js';
import type { Reloader } from './reload.js';

export interface ControlParts {
  readonly context: Pick<ServiceContext, 'ledger' | 'tallies'>;
  readonly reloader: Reloader;
  readonly workers: Pick<InspectionPool, 'models' | 'describe'>;
}

const UNTIL_RESTART = 'a restart starts it again: take it out of the configuration to have it stay away';

function restartNote({ id, path = 'no path' }: ModelEntry, running: string): string {
  return `the configuration has ${path} for model ${id}, which a restart takes: write ${running} into it to keep this version`;
}

export function createControl({ context, reloader, workers }: ControlParts): Control {
  /** @throws {UnknownIdError} */
  function known<T extends { readonly id: string }>(noun: 'model' | 'rule', list: readonly T[], id: string): T {
    const found = list.find((each) => each.id === id);
    if (found !== undefined) return found;
    throw new UnknownIdError(
      noun,
      id,
      list.map((each) => each.id),
    );
  }

  /** Runs a version of a model in place of what the configuration names, if that is another one. */
  async function run(
    id: string,
    { entry, number, path }: { readonly entry: ModelEntry; readonly path: string; readonly number?: number },
  ): Promise<ControlAnswer> {
    let notes: readonly string[] = [];
    const changes = await reloader.adjust((now, given): Adjustments => {
      const insteadOf = known('model', given.models, id);
      const promoted = new Map(now.promoted);
      promoted.delete(id);
      if (!isDeepStrictEqual(entry, insteadOf)) {
        promoted.set(id, { entry, insteadOf, ...defined({ version: number }) });
        notes = [restartNote(insteadOf, entry.path ?? path)];
      }
      return { ...now, promoted };
    });
    return { changes, notes };
  }

  async function changeStopped(id: string, change: (stopped: Set<string>) => void): Promise<readonly string[]> {
    return await reloader.adjust((now, given): Adjustments => {
      known('rule', given.rules, id);
      const stopped = new Set(now.stopped);
      change(stopped);
      return { ...now, stopped };
    });
  }

  return {
    catalogue: () => view({ context, reloader, workers }),
    async startRule(id): Promise<ControlAnswer> {
      return { changes: await changeStopped(id, (stopped) => stopped.delete(id)), notes: [] };
    },
    async stopRule(id): Promise<ControlAnswer> {
      return { changes: await changeStopped(id, (stopped) => stopped.add(id)), notes: [UNTIL_RESTART] };
    },
    async rollBack(id) {
      known('model', reloader.given().models, id);
      const versions = reloader.versions.of(id);
      const before = versions?.former[0];
      if (before === undefined) {
        const text = `Cannot roll the model ${id} back as another version must have run before: version ${versions?.running.number} is the first that is known`;
        throw new ServiceError('ERR_CONFIG', text, { details: { model: id } });
      }
      const { number, path } = before;
      const found = await reloader.find(before.entry);
      if (found.model.digest !== before.digest) {
        const text = `Cannot roll the model ${id} back to version ${number} as its files must be what they were: ${path} has changed since`;
        throw new ServiceError('ERR_MODEL_LOAD', text, { details: { model: id, version: number, path } });
      }
      return await run(id, before);
    },
  };
}

function view({ context: { ledger, tallies }, reloader, workers }: ControlParts): CatalogueView {
  const { streams, rules, models } = reloader.given();
  const live = reloader.current();
  const { receivedByStream } = ledger.snapshot();
  const sources = new Map(reloader.streams().map(({ spec, source }) => [spec.id, source]));
  return {
    streams: streams.map((spec) => ({
      ...spec,
      state: live.config.streams.some(({ id }) => id === spec.id) ? 'running' : 'stopped',
      inFlight: sources.get(spec.id)?.unsettled ?? 0,
      received: streamLabels(spec).reduce((sum, label) => sum + (receivedByStream[label] ?? 0), 0),
    })),
    models: models.map(({ id }) => {
      const key = live.modelKeys.get(id) ?? id;
      const { done: inspected, failed, lastError } = tallies.models.of(id);
      const path = workers.models.get(key)?.model.spec.path ?? '';
      const { running, former = [] } = reloader.versions.of(id) ?? {};
      const rest = former.map(({ number, path: file }) => ({ version: number, path: file }));
      return {
        id,
        description: workers.describe(key),
        version: running?.number ?? 0,
        former: rest,
        path,
        inspected,
        failed,
        ...defined({ lastError }),
      };
    }),
    rules: rules.map(({ id, stream, model, where, topic }) => {
      const { done: matched, failed, lastError } = tallies.rules.of(id);
      const state = live.rules.some((rule) => rule.id === id) ? 'running' : 'stopped';
      return { id, stream, model, state, where, topic, matched, failed, ...defined({ lastError }) };
    }),
  };
}
