/** Which versions of each model ran, so that the one before can be taken again. Numbers go up from 1 and are used once. */
import type { ModelEntry } from './catalogue.js';

export interface ModelVersion {
  readonly number: number;
  readonly entry: ModelEntry;
  /** sha256 of the model's file. */
  readonly digest: string;
  /** Absolute path of the model's file. */
  readonly path: string;
}

export interface ModelVersions {
  readonly running: ModelVersion;
  /** The latest first. */
  readonly former: readonly ModelVersion[];
}

export interface VersionBook {
  /** Of the model of this id; undefined when there is none. */
  of(id: string): ModelVersions | undefined;
  /**
   * A version runs from now on, in place of the one before.
   * @param number that it had when it ran before: what came after it is forgotten; absent: a new one
   */
  runs(id: string, version: Omit<ModelVersion, 'number'>, number?: number): void;
  forget(id: string): void;
}

/** Versions before the running one that stay known. */
const MAX_FORMER = 3;

export function createVersionBook(): VersionBook {
  const versions = new Map<string, ModelVersions>();
  const last = new Map<string, number>();

  function take(id: string): number {
    const number = (last.get(id) ?? 0) + 1;
    last.set(id, number);
    return number;
  }

  return {
    of: (id) => versions.get(id),
    runs(id, version, number) {
      const before = versions.get(id);
      const own = number === undefined || number === before?.running.number ? take(id) : number;
      const others = before === undefined ? [] : [before.running, ...before.former];
      const former = others.filter((each) => each.number < own).slice(0, MAX_FORMER);
      versions.set(id, { running: { ...version, number: own }, former });
    },
    forget(id) {
      versions.delete(id);
    },
  };
}
