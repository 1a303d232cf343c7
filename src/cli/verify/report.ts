/** What a round trip and the ledger of the service say together. Pure. */
import type { LedgerTally } from './ledger.js';
import type { RoundTrip } from './round-trip.js';

export interface Expected {
  readonly count: number;
  readonly mustHaveRestarted: boolean;
}

export interface Report {
  readonly isPassed: boolean;
  readonly text: readonly string[];
}

/**
 * A picture is called lost only when the service has received all, has nothing in work, and its ledger adds up: until then a
 * picture without an answer may still wait in the session at the broker.
 */
export function reportOf(trip: RoundTrip, ledger: LedgerTally, { count, mustHaveRestarted }: Expected): Report {
  const { acknowledged, answered, results, deadLetters, duplicates, isInterrupted } = trip;
  const missing = [...acknowledged].filter((id) => !answered.has(id)).length;
  const unanswered = Math.max(0, missing - ledger.filtered);
  const fault = faultOf(ledger, acknowledged.size);
  const isSettled = !isInterrupted && (unanswered === 0 || fault === undefined);
  const remarks: string[] = [];
  if (isInterrupted) remarks.push(`Interrupted: ${unanswered} of ${acknowledged.size} unanswered so far.`);
  else if (!isSettled) remarks.push('Unanswered pictures may still wait at the broker: they are not known to be lost.');
  const isDisrupted = !mustHaveRestarted || ledger.restarts > 0;
  if (!isDisrupted && !isInterrupted) remarks.push('The service was not killed: give more pictures (--count).');
  const isWhole = acknowledged.size === count;
  if (!isWhole) remarks.push(`The broker took ${acknowledged.size} pictures of ${count}.`);
  return {
    isPassed: unanswered === 0 && fault === undefined && isDisrupted && isWhole && !isInterrupted,
    text: [
      `published      ${acknowledged.size}`,
      `results        ${results}`,
      `filtered       ${ledger.filtered}`,
      `dead letters   ${deadLetters}`,
      `duplicates     ${duplicates}`,
      `restarts       ${ledger.restarts}`,
      isSettled ? `lost           ${unanswered}` : `unanswered     ${unanswered}`,
      `ledger         ${fault ?? 'adds up'}`,
      ...remarks,
    ],
  };
}

/** Why the ledger cannot settle the matter, or what is wrong with it; undefined when it agrees. */
function faultOf({ last, received, restarts }: LedgerTally, published: number): string | undefined {
  if (last === undefined) return 'not reachable';
  if (!last.isBalanced) return `does not add up: ${last.text}`;
  if (last.inFlight !== 0) return `still at work: ${last.text}`;
  if (restarts === 0 && received < published) return `does not agree: ${received} received of ${published} published`;
  return undefined;
}
