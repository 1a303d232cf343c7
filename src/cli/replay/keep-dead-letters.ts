/** Dead letters are kept for `flawline replay` from the first start of the service on, not from the first replay on. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '../../config/config.js';
import { createTopics } from '../../service/topics.js';
import { messageOf } from '../../std/errors.js';
import type { Log } from '../../std/logger.js';
import { makeDeadLetterSession } from './dead-letter-session.js';

const RETRY_MS = 60_000;
/** The session is renewed long before it expires; more often than twice a day is of no use. */
const LONGEST_MS = 12 * 3_600_000;

/**
 * Makes the session that keeps them, and renews it until `signal` aborts. How much is kept is bounded by the broker's limit of
 * a queue and by deadLetter.maxPayloadBytes. Never rejects: a service that cannot keep dead letters still works.
 */
export async function keepDeadLetters(config: Config, log: Log, signal: AbortSignal): Promise<void> {
  const { onStop, sessionExpirySeconds } = config.mqtt;
  if (!config.deadLetter.keep) return;
  if (onStop === 'retire' || sessionExpirySeconds === 0) {
    log.info(
      { onStop, sessionExpirySeconds },
      'dead letters are not kept for flawline replay, as no session outlives the service',
    );
    return;
  }
  const renewMs = Math.min((sessionExpirySeconds * 1000) / 2, LONGEST_MS);
  let lastFault = '';
  while (!signal.aborted) {
    const fault = await makeDeadLetterSession(config, createTopics(config).deadLetter).then(
      (isNew) => {
        if (isNew) log.info({}, 'the broker keeps dead letters for flawline replay from now on');
      },
      (error: unknown) => messageOf(error),
    );
    if (fault !== undefined && fault !== lastFault) {
      log.warn({}, `dead letters are not kept for flawline replay: ${fault}. deadLetter.keep: false stops trying`);
    }
    lastFault = fault ?? '';
    await delay(fault === undefined ? renewMs : RETRY_MS, undefined, { signal }).catch(() => undefined);
  }
}
