/**
 * The retained state of the service, as the source's connection tells it: `online` when it is subscribed, `offline` at an
 * orderly end; the last will says `offline` at any other. Published at QoS 0, so that nothing is left in the client to be
 * sent again on a later connection, ahead of what is true then.
 */
import { formatState, type StateMessage } from '../topics/output-topics.js';
import { createSideTask } from './companions.js';
import type { Connection } from './connection.js';
import type { Log } from './observer.js';

/** A connection that lasts so much longer than the message was not closed for it: at QoS 0 nothing answers it. */
const ANSWER_MS = 2_000;

export interface OwnState {
  /** What the session is subscribed to is settled: what the process before said of it may be overwritten. */
  online(topicsInSession: readonly string[]): void;
  offline(endsSession: boolean): void;
  /** The connection has proved to work. */
  proved(): void;
  closed(): void;
}

export interface OwnStateParts {
  readonly log: Log;
  /** Called when there is something to publish. */
  readonly connection: () => Pick<Connection, 'client' | 'isRetainAvailable'>;
}

export function createOwnState(
  { log, connection }: OwnStateParts,
  {
    topic,
    isEnabled,
    topics,
  }: { readonly topic: string; readonly isEnabled: boolean; readonly topics: readonly string[] },
): OwnState {
  let topicsInSession = topics;
  /** On this connection. */
  let isOnline = false;
  let timer: NodeJS.Timeout | undefined;
  const task = createSideTask(() =>
    log.warn(
      { topic },
      'the broker closes the connection at the message with our state: it is off until the next start (state.enabled: false turns it off)',
    ),
  );

  function publish(message: StateMessage | undefined): void {
    const { client, isRetainAvailable } = connection();
    if (!client.connected || !isEnabled || task.isOff) return;
    client.publish(topic, message === undefined ? '' : formatState(message), { qos: 0, retain: isRetainAvailable });
  }

  function tellOnline(): void {
    publish({ state: 'online', topics: topicsInSession });
    timer = setTimeout(() => task.answered(), ANSWER_MS);
  }

  return {
    online(inSession) {
      topicsInSession = inSession;
      isOnline = true;
      if (task.atReady()) tellOnline();
    },
    offline(endsSession) {
      publish({ state: 'offline', topics: endsSession ? [] : topicsInSession });
      // Who watches has seen it; kept by the broker it would be a false alarm about a member that is gone.
      if (endsSession && connection().isRetainAvailable) publish(undefined);
    },
    proved() {
      if (isOnline && task.atProved()) tellOnline();
    },
    closed() {
      isOnline = false;
      clearTimeout(timer);
      task.closed();
    },
  };
}
