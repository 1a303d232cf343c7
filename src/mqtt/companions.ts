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

export interface Companions {
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
