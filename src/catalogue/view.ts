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
