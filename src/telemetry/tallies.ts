/** What each model and each rule did since the start of the process, and what went wrong last, for people who look. */
import { ServiceError } from '../std/errors.js';

export interface Tally {
  readonly done: number;
  readonly failed: number;
  readonly lastError?: { readonly code: string; readonly message: string; readonly atMs: number };
}

/** By id. */
export interface Tallies {
  done(id: string): void;
  failed(id: string, error: Error): void;
  /** Something else than a picture went wrong. */
  fault(id: string, error: Error): void;
  of(id: string): Tally;
  /** Keeps these alone: a catalogue that changes for years has had many. */
  keep(ids: Iterable<string>): void;
}

const NOTHING: Tally = { done: 0, failed: 0 };

/** @param nowMs milliseconds since the epoch */
export function createTallies(nowMs: () => number): Tallies {
  let byId = new Map<string, { -readonly [K in keyof Tally]: Tally[K] }>();

  function entryOf(id: string) {
    let entry = byId.get(id);
    if (entry === undefined) {
      entry = { done: 0, failed: 0 };
      byId.set(id, entry);
    }
    return entry;
  }

  function fault(id: string, error: Error): void {
    const code = error instanceof ServiceError ? error.code : error.name;
    entryOf(id).lastError = { code, message: error.message, atMs: nowMs() };
  }

  return {
    fault,
    done(id) {
      entryOf(id).done += 1;
    },
    failed(id, error) {
      entryOf(id).failed += 1;
      fault(id, error);
    },
    of: (id) => byId.get(id) ?? NOTHING,
    keep(ids) {
      const kept = new Set(ids);
      byId = new Map([...byId].filter(([id]) => kept.has(id)));
    },
  };
}
