/** What the two connections report. The service makes metrics and log lines of it. */

export type Role = 'source' | 'sink';
type DropReason = 'qos0_overflow' | 'latest';

export interface MqttObserver {
  /** A message that was not known before; every one of them is settled or dropped later. */
  received(stream: string): void;
  /** The broker sent a message again that we still know: nothing runs twice, and it is not counted as received. */
  redelivered(): void;
  /** A received message that is not delivered. */
  dropped(reason: DropReason): void;
  /** The stream of messages is held because the limits are reached, or flows again. */
  paused(paused: boolean): void;
  connected(role: Role, connected: boolean): void;
  /** Connected again after a loss; the first connection and failed attempts don't count. */
  reconnected(role: Role): void;
  /** A publish is sent again after a refusal that may pass, or after a loss of the connection. */
  publishRetried(): void;
}

/** The part of a pino logger that this folder uses. */
export interface Log {
  debug(fields: Readonly<Record<string, unknown>>, message: string): void;
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
}
