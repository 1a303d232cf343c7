/** Changes of the running catalogue beside the configuration, and what runs for people who look. */
import type { Adjustments } from '../catalogue/adjustments.js';
import type { CatalogueView } from '../catalogue/view.js';
import type { Config } from '../config/config.js';
import { type Control, type ControlAnswer, UnknownIdError } from '../http/control-routes.js';
import { defined } from '../std/defined.js';
import { type ServiceContext, streamLabels } from './context.js';
import type { InspectionPool } from './inspection-pool.js';
import type { Reloader } from './reload.js';

export interface ControlParts {
  readonly context: Pick<ServiceContext, 'ledger' | 'tallies'>;
  readonly reloader: Reloader;
  readonly workers: Pick<InspectionPool, 'models' | 'describe'>;
}

const UNTIL_RESTART = 'a restart starts it again: take it out of the configuration to have it stay away';

export function createControl({ context, reloader, workers }: ControlParts): Control {
  function knownRule({ rules }: Config, id: string): void {
    const ids = rules.map((rule) => rule.id);
    if (!ids.includes(id)) throw new UnknownIdError('rule', id, ids);
  }

  async function changeStopped(id: string, change: (stopped: Set<string>) => void): Promise<readonly string[]> {
    return await reloader.adjust((now, given): Adjustments => {
      knownRule(given, id);
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
      return { id, description: workers.describe(key), path, inspected, failed, ...defined({ lastError }) };
    }),
    rules: rules.map(({ id, stream, model, where, topic }) => {
      const { done: matched, failed, lastError } = tallies.rules.of(id);
      const state = live.rules.some((rule) => rule.id === id) ? 'running' : 'stopped';
      return { id, stream, model, state, where, topic, matched, failed, ...defined({ lastError }) };
    }),
  };
}
