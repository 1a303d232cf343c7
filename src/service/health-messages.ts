/** `flawline/<clientId>/health`: how the service is, every 30 s, not retained; for people who watch brokers, not scrapes. */
import { performance } from 'node:perf_hooks';
import { version } from '../std/package-root.js';
import type { Connections } from './connections.js';
import type { ServiceContext } from './context.js';

const INTERVAL_MS = 30_000;

export function startHealthMessages(
  { ledger, readiness, log }: ServiceContext,
  topic: string,
  { publish }: Pick<Connections, 'publish'>,
): { stop(): void } {
  let isUnderWay = false;
  const timer = setInterval(() => {
    if (isUnderWay) return; // the connection is down: one waiting message is enough
    isUnderWay = true;
    const { ready, reasons } = readiness.state();
    const { received, outcomes, redeliveries, inFlight } = ledger.snapshot();
    const uptimeSeconds = Math.round(performance.now() / 1000);
    const health = { ready, reasons, version, uptimeSeconds, received, ...outcomes, redeliveries, inFlight };
    publish({
      topic,
      payload: Buffer.from(JSON.stringify(health)),
      qos: 0,
      contentType: 'application/json',
      isText: true,
      user: [],
    })
      .catch((error: unknown) => log.debug({ err: error }, 'health message not published'))
      .finally(() => {
        isUnderWay = false;
      });
  }, INTERVAL_MS);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}
