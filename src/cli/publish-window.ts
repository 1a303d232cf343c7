/** Publishes of which a bounded number waits for the acknowledgement of the broker. */
import { EventEmitter, once } from 'node:events';
import type { MqttClient } from 'mqtt';
import { publishFault } from '../mqtt/tool-client.js';
import type { ServiceError } from '../std/errors.js';

export interface PublishWindow {
  /** Publishes, whether or not there is room. Calls back when the broker has acknowledged it. */
  publish(payload: Buffer | string, onAcknowledged: () => void): void;
  /** Resolves when there is room for another, or `until` aborts. @throws {ServiceError} when a publish has failed */
  room(until: AbortSignal): Promise<void>;
  /** Resolves when all are acknowledged, or `until` aborts. @throws {ServiceError} when a publish has failed */
  drained(until: AbortSignal): Promise<void>;
}

export interface PublishWindowOptions {
  readonly topic: string;
  readonly qos: 0 | 1 | 2;
  /** How many may wait for their acknowledgement. */
  readonly size: number;
}

export function createPublishWindow(
  client: Pick<MqttClient, 'publishAsync'>,
  options: PublishWindowOptions,
): PublishWindow {
  const { topic, qos, size } = options;
  const changes = new EventEmitter();
  let waiting = 0;
  let failure: ServiceError | undefined;

  async function untilBelow(limit: number, until: AbortSignal): Promise<void> {
    while (waiting >= limit && failure === undefined && !until.aborted) {
      await once(changes, 'change', { signal: until }).catch(() => undefined);
    }
    if (failure) throw failure;
  }

  return {
    publish(payload, onAcknowledged) {
      waiting += 1;
      client
        .publishAsync(topic, payload, { qos })
        .then(onAcknowledged)
        .catch((cause: unknown) => {
          failure ??= publishFault(topic, cause);
        })
        .finally(() => {
          waiting -= 1;
          changes.emit('change');
        });
    },
    room: (until) => untilBelow(size, until),
    drained: (until) => untilBelow(1, until),
  };
}
