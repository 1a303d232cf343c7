/** What connections to brokers report. The service makes metrics and log lines of it. */

import type { DropReason, Role } from '../domain/closed-sets.js';

export type { Role } from '../domain/closed-sets.js';
export type { Log } from '../std/logger.js';

export interface MqttObserver {
  /** A message that was not known before; every one of them is delivered or dropped later. */
  onReceived(filterId: string): void;
  /** The broker sent a message again that we still know: nothing runs twice, and it is not counted as received. */
  onRedelivered(): void;
  /** A further copy of a message came by another of our topic filters; it is not counted as received. */
  onCopied(): void;
  /** The broker has forgotten the session, and what waited in it. */
  onSessionLost(): void;
  /** A received message that is not delivered. */
  onDropped(reason: Exclude<DropReason, 'expired' | 'rule_stopped'>): void;
  /** The stream of messages is paused because the limits are reached, or flows again. */
  onPaused(paused: boolean): void;
  onConnected(role: Role, connected: boolean): void;
  /** Connected again after a loss; the first connection and failed attempts don't count. */
  onReconnected(role: Role): void;
  /** A publish is sent again after a refusal that may pass, or after a loss of the connection. */
  onPublishRetried(): void;
}
