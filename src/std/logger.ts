/** What every part may say to the log. telemetry/logger.ts makes one; tests make one that records. */

export interface LogFields {
  readonly [name: string]: unknown;
}

export interface Logger {
  debug(fields: LogFields, text: string): void;
  info(fields: LogFields, text: string): void;
  warn(fields: LogFields, text: string): void;
  error(fields: LogFields, text: string): void;
  /** The same log, each line with the name of the part that speaks. */
  child(bindings: { readonly component: string }): Logger;
  /** Hides these values from now on, too; absent: it hides none. */
  hideToo?(secrets: readonly string[]): void;
}

/** The log as a part sees it that makes no children. */
export type Log = Omit<Logger, 'child' | 'hideToo'>;
