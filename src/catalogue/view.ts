/** The running catalogue as `GET /catalogue` and the live page show it. No secrets. */

/** What went wrong last. */
export interface LastError {
  readonly code: string;
  readonly message: string;
  /** Milliseconds since the epoch. */
  readonly atMs: number;
}

type State = 'running' | 'stopped';

export interface StreamView {
  readonly id: string;
  readonly topics: readonly string[];
  /** Stopped: no running rule reads it, so it is not subscribed. */
  readonly state: State;
  /** Messages that were received and not dealt with yet. */
  readonly inFlight: number;
  /** Messages since the start of the process. */
  readonly received: number;
}

/** A version of a model that inspects pictures beside the one that runs, and how far the two agree. */
export interface CandidateView {
  /** `name@version`. */
  readonly description: string;
  readonly path: string;
  /** Of the pictures that are to be compared. */
  readonly share: number;
  readonly compared: number;
  /** Not compared as nobody had time. */
  readonly skipped: number;
  /** Pictures that the candidate failed on. */
  readonly failed: number;
  /** Pictures for which all rules say the same. */
  readonly sameVerdict: number;
  /** Pictures with the same number of defects. */
  readonly sameCount: number;
  /** Intersection over union of the masks, the mean of pictures in which either has something; null: there was none. */
  readonly meanOverlap: number | null;
  readonly lastError?: LastError;
}

export interface ModelView {
  readonly id: string;
  /** `name@version on device, precision`. */
  readonly description: string;
  /** Counts the versions that ran since the start of the process. */
  readonly version: number;
  /** Absolute path of its file. */
  readonly path: string;
  /** Versions that `rollback` goes back to, the latest first. */
  readonly former: readonly { readonly version: number; readonly path: string }[];
  /** Pictures since the start of the process. */
  readonly candidate?: CandidateView;
  readonly inspected: number;
  readonly failed: number;
  readonly lastError?: LastError;
}

export interface RuleView {
  readonly id: string;
  readonly stream: string;
  readonly model: string;
  readonly state: State;
  /** CEL source. */
  readonly where: string;
  /** Template of the topic of its results. */
  readonly topic: string;
  /** Pictures since the start of the process whose result was published. */
  readonly matched: number;
  /** Pictures that it failed on. */
  readonly failed: number;
  readonly lastError?: LastError;
}

export interface CatalogueView {
  readonly streams: readonly StreamView[];
  readonly models: readonly ModelView[];
  readonly rules: readonly RuleView[];
}
