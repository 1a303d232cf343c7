/** What runs, for people who look. */
import type { CandidateView, CatalogueView } from '../catalogue/view.js';
import { defined } from '../std/defined.js';
import { type ServiceContext, streamLabels } from './context.js';
import type { InspectionPool } from './inspection-pool.js';
import type { Reloader } from './reload.js';

export interface CatalogueViewParts {
  readonly context: Pick<ServiceContext, 'ledger' | 'tallies'>;
  readonly reloader: Reloader;
  readonly workers: Pick<InspectionPool, 'models' | 'describe'>;
  readonly candidateOf: (id: string) => CandidateView | undefined;
}

export function viewCatalogue({ context, reloader, workers, candidateOf }: CatalogueViewParts): CatalogueView {
  const { ledger, tallies } = context;
  const { streams, rules, models } = reloader.given();
  const live = reloader.current();
  const { receivedByStream } = ledger.snapshot();
  const sources = new Map(reloader.streams().map(({ spec, source }) => [spec.id, source]));
  return {
    streams: streams.map((spec) => ({
      ...spec,
      state: sources.has(spec.id) ? 'running' : 'stopped',
      inFlight: sources.get(spec.id)?.unsettled ?? 0,
      received: streamLabels(spec).reduce((sum, label) => sum + (receivedByStream[label] ?? 0), 0),
    })),
    models: models.map(({ id }) => {
      const key = live.modelKeys.get(id) ?? id;
      const { done: inspected, failed, lastError } = tallies.models.of(id);
      const { running, former = [] } = reloader.versions.of(id) ?? {};
      return {
        id,
        description: workers.describe(key),
        version: running?.number ?? 0,
        former: former.map(({ number, path }) => ({ version: number, path })),
        path: workers.models.get(key)?.model.spec.path ?? '',
        inspected,
        failed,
        ...defined({ lastError, candidate: candidateOf(id) }),
      };
    }),
    rules: rules.map(({ id, stream, model, where, topic }) => {
      const { done: matched, failed, lastError } = tallies.rules.of(id);
      const state = live.rules.some((rule) => rule.id === id) ? 'running' : 'stopped';
      return { id, stream, model, state, where, topic, matched, failed, ...defined({ lastError }) };
    }),
  };
}
