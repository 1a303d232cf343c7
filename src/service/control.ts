/** Changes of the running catalogue beside the configuration, and what runs for people who look. */
import type { Adjustments } from '../catalogue/adjustments.js';
import { type Control, type ControlAnswer, UnknownIdError } from '../http/control-routes.js';
import type { Candidates } from './candidates.js';
import { type CatalogueViewParts, viewCatalogue } from './catalogue-view.js';
import type { Reloader } from './reload.js';
import { createModelControl } from './model-control.js';

export interface ControlParts extends Omit<CatalogueViewParts, 'candidateOf'> {
  readonly reloader: Reloader;
  readonly candidates: Candidates;
}

const UNTIL_RESTART = 'a restart starts it again: take it out of the configuration to have it stay away';

export function createControl(parts: ControlParts): Control {
  const { reloader } = parts;
  const { candidateOf, ...models } = createModelControl(parts);

  async function changeStopped(id: string, change: (stopped: Set<string>) => void): Promise<readonly string[]> {
    return await reloader.adjust((now, { rules }): Adjustments => {
      const ids = rules.map((rule) => rule.id);
      if (!ids.includes(id)) throw new UnknownIdError('rule', id, ids);
      const stopped = new Set(now.stopped);
      change(stopped);
      return { ...now, stopped };
    });
  }

  return {
    ...models,
    catalogue: () => viewCatalogue({ ...parts, candidateOf }),
    async startRule(id): Promise<ControlAnswer> {
      return { changes: await changeStopped(id, (stopped) => stopped.delete(id)), notes: [] };
    },
    async stopRule(id): Promise<ControlAnswer> {
      return { changes: await changeStopped(id, (stopped) => stopped.add(id)), notes: [UNTIL_RESTART] };
    },
  };
}
