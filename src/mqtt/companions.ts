import { setTimeout as delay } from 'node:timers/promises';
import type { MqttClient } from 'mqtt';

/** What else goes over the sink's connection. */
export interface SinkCompanion {
  /** Called at each connection before anything is published on it. */
  onReady?(client: MqttClient): void;
  /** Called when the connection has proved to work. Nothing is published until the promise resolves. */
  onProved?(client: MqttClient): Promise<void> | undefined;
  onClosed?(): void;
}

interface Companions {
  /** Nothing is to be published: a companion waits for an answer, and a closed connection must be its fault alone. */
  readonly isHolding: boolean;
  ready(client: MqttClient): void;
  /** Called at each sign that the connection works; only the first one counts. */
  proved(): void;
  closed(): void;
}

/** A broker that does not answer by then keeps the connection, at least. */
const LONGEST_HOLD_MS = 2_000;

export function createCompanions(companions: readonly SinkCompanion[], onHoldEnd: () => void): Companions {
  let connected: MqttClient | undefined;
  let hasProved = false;
  let holding: Promise<unknown> | undefined;

  return {
    get isHolding() {
      return holding !== undefined;
    },
    ready(client) {
      connected = client;
      for (const companion of companions) companion.onReady?.(client);
    },
    proved() {
      const client = connected;
      if (hasProved || client === undefined) return;
      hasProved = true;
      const steps = companions.flatMap((companion) => companion.onProved?.(client) ?? []);
      if (steps.length === 0) return;
      const current = Promise.race([Promise.all(steps), delay(LONGEST_HOLD_MS, undefined, { ref: false })]);
      holding = current;
      void current.then(() => {
        if (holding !== current) return; // of a connection that is gone
        holding = undefined;
        onHoldEnd();
      });
    },
    closed() {
      connected = undefined;
      hasProved = false;
      holding = undefined;
      for (const companion of companions) companion.onClosed?.();
    },
  };
}

/**
 * Something that the service does beside pictures and results on a connection that they need: requests, the retained
 * state, health. A broker that does not allow it may close the connection for it; then the task is given up, not the
 * connection.
 *
 * After a connection that was closed while the task was unanswered, it is begun only on connections that have proved to
 * work, so that a network that fails is not held against it. Three such closings in a row turn it off.
 */
const CLOSINGS = 3;

interface SideTask {
  /** A connection is there. Returns whether to begin the task on it now. */
  atReady(): boolean;
  /** The connection has proved to work. Returns whether to begin the task on it now. */
  atProved(): boolean;
  /** The broker answered, be it with a refusal, or has kept the connection for a while. */
  answered(): void;
  /** The connection is closed. */
  closed(): void;
  readonly isOff: boolean;
}

/** @param onOff called once, when the task is given up until the next start */
export function createSideTask(onOff: () => void): SideTask {
  let closings = 0;
  let isUnanswered = false;
  let hasBegun = false;

  function begin(): boolean {
    hasBegun = true;
    isUnanswered = true;
    return true;
  }

  return {
    get isOff() {
      return closings === CLOSINGS;
    },
    atReady: () => closings === 0 && begin(),
    atProved: () => closings > 0 && closings < CLOSINGS && !hasBegun && begin(),
    answered() {
      isUnanswered = false;
      closings = 0;
    },
    closed() {
      hasBegun = false;
      if (!isUnanswered) return;
      isUnanswered = false;
      closings += 1;
      if (closings === CLOSINGS) onOff();
    },
  };
}
