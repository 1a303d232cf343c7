/** `flawline/<clientId>/health`: how the service is, every 30 s, not retained; for people who watch brokers, not scrapes. */
import { performance } from 'node:perf_hooks';
import type { OutgoingMessage } from '../domain/delivery.js';
import { version } from '../std/package-root.js';
import type { ServiceContext } from './context.js';

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
