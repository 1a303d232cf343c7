/** Versions of models beside the configuration: candidates, the one that takes over, the one before. */
import { isDeepStrictEqual } from 'node:util';
import type { Adjustments } from '../catalogue/adjustments.js';
import type { ModelEntry } from '../catalogue/catalogue.js';
import type { CandidateView } from '../catalogue/view.js';
import { changedModel } from '../config/changed-model.js';
import { type ControlAnswer, type ModelControl, UnknownIdError } from '../http/control-routes.js';
import { isMapping } from '../std/checks.js';
import { defined } from '../std/defined.js';
import { ServiceError, toError } from '../std/errors.js';
import type { Candidates } from './candidates.js';
import type { ServiceContext } from './context.js';
import type { Reloader } from './reload.js';

export interface ModelControlParts {
  readonly context: Pick<ServiceContext, 'tallies'>;
  readonly reloader: Reloader;
  readonly candidates: Candidates;
}

function restartNote({ id, path = 'no path' }: ModelEntry, running: string): string {
  return `the configuration has ${path} for model ${id}, which a restart takes: write ${running} into it to keep this version`;
}

export function createModelControl({ context, reloader, candidates }: ModelControlParts): ModelControl & {
  readonly candidateOf: (id: string) => CandidateView | undefined;
} {
  /** As it runs. @throws {UnknownIdError} */
  function entryOf(id: string): ModelEntry {
    const { models } = reloader.current().config;
    const found = models.find((model) => model.id === id);
    if (found !== undefined) return found;
    const ids = models.map((model) => model.id);
    throw new UnknownIdError('model', id, ids);
  }

  /** Runs a version in place of what the configuration names, if that is another one. */
  async function run(
    id: string,
    { entry, number, path }: { readonly entry: ModelEntry; readonly path: string; readonly number?: number },
  ): Promise<ControlAnswer> {
    let notes: readonly string[] = [];
    const changes = await reloader.adjust((now, given): Adjustments => {
      const insteadOf = given.models.find((model) => model.id === id) ?? entryOf(id);
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

  return {
    candidateOf: (id) => candidates.of(id)?.view(),
    async candidate(id, given) {
      const { share = 1, ...keys } = isMapping(given) ? given : {};
      const entry = changedModel(entryOf(id), isMapping(given) ? keys : given);
      if (typeof share !== 'number' || !(share > 0 && share <= 1)) {
        throw new ServiceError(
          'ERR_CONFIG',
          `Cannot compare that share of the pictures as it must be above 0 and at most 1: ${share}`,
        );
      }
      const rules = () => reloader.current().rules.filter((rule) => rule.model === id);
      let path: string;
      try {
        const model = await reloader.find(entry);
        path = model.model.spec.path;
        await candidates.open({ model, share, rules });
      } catch (error) {
        context.tallies.models.fault(id, toError(error));
        throw error;
      }
      const notes = [
        `flawline model promote ${id} has it take over, flawline model discard ${id} ends it; a restart forgets it`,
      ];
      return { changes: [`model ${id} has ${path} as its candidate`], notes };
    },
    async promote(id) {
      entryOf(id);
      const candidate = candidates.of(id);
      if (candidate === undefined) throw noCandidate(id);
      const { entry, model } = candidate.model;
      const answer = await run(id, { entry, path: model.spec.path });
      await candidates.close(id);
      return answer;
    },
    async discard(id) {
      entryOf(id);
      if (candidates.of(id) === undefined) throw noCandidate(id);
      await candidates.close(id);
      return { changes: [`model ${id} has no candidate any more`], notes: [] };
    },
    async rollBack(id) {
      entryOf(id);
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

function noCandidate(id: string): ServiceError {
  const text = `Cannot find a candidate of the model ${id} as there must be one: flawline model candidate ${id} DIR gives it one`;
  return new ServiceError('ERR_CONFIG', text, { details: { model: id } });
}
