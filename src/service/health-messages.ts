/** `flawline/<clientId>/health`: how the service is, every 30 s, not retained; for people who watch brokers, not scrapes. */
import { performance } from 'node:perf_hooks';
import type { OutgoingMessage } from '../domain/delivery.js';
import type { Sink } from '../pipeline/ports.js';
import { version } from '../std/package-root.js';
import type { ServiceContext } from './context.js';

const INTERVAL_MS = 30_000;

/** The message as it is now; at QoS 0, as the next one says more than one that is late. */
export function healthMessage(
  { ledger, readiness }: Pick<ServiceContext, 'ledger' | 'readiness'>,
  topic: string,
): OutgoingMessage {
  const { ready, reasons } = readiness.state();
  const { received, outcomes, redeliveries, inFlight } = ledger.snapshot();
  const uptimeSeconds = Math.round(performance.now() / 1000);
  const health = { ready, reasons, version, uptimeSeconds, received, ...outcomes, redeliveries, inFlight };
  return {
    topic,
    payload: Buffer.from(JSON.stringify(health)),
    qos: 0,
    contentType: 'application/json',
    isText: true,
    user: [],
  };
}

export function startHealthMessages(
  context: Pick<ServiceContext, 'ledger' | 'readiness' | 'log'>,
  topic: string,
  { publish }: Sink,
): { stop(): void } {
  let isUnderWay = false;
  const timer = setInterval(() => {
    if (isUnderWay) return; // the connection is down: one waiting message is enough
    isUnderWay = true;
    publish(healthMessage(context, topic))
      .catch((error: unknown) => context.log.debug({ err: error }, 'health message not published'))
      .finally(() => {
        isUnderWay = false;
      });
  }, INTERVAL_MS);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}
