/** What a round trip says, beside the ledger of the service. */
import type { LedgerEnd, LedgerTally } from './ledger.js';
import type { RoundTrip } from './round-trip.js';

/** What the counts must be for the round trip and the ledger of the service to agree. */
interface Expected {
  readonly count: number;
  readonly mustHaveRestarted: boolean;
}

interface Report {
  readonly isPassed: boolean;
  readonly text: readonly string[];
}

/**
 * A picture is called lost only when the service was ready for the whole of the patience, has received all, has nothing in work,
 * and its ledger adds up: until then a picture without an answer may still wait in the session at the broker, or its answer be
 * on its way.
 */
export function reportOf(trip: RoundTrip, ledger: LedgerEnd, { count, mustHaveRestarted }: Expected): Report {
  const { acknowledged, answered, results, deadLetters, duplicates, isInterrupted } = trip;
  const missing = [...acknowledged].filter((id) => !answered.has(id)).length;
  const unanswered = Math.max(0, missing - ledger.filtered);
  const fault = faultOf(ledger, acknowledged.size);
  const doubt = unanswered === 0 ? undefined : doubtOf(trip, ledger);
  const isSettled = !isInterrupted && (unanswered === 0 || (fault ?? doubt) === undefined);
  const remarks: string[] = [];
  if (isInterrupted) remarks.push(`Interrupted: ${unanswered} of ${acknowledged.size} unanswered so far.`);
  else if (!isSettled) {
    const reason = doubt === undefined ? '' : ` ${doubt}`;
    remarks.push(`Unanswered pictures may still wait at the broker: they are not known to be lost.${reason}`);
  }
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

/** Why pictures without an answer may have one, though the ledger adds up. */
function doubtOf({ wasCut, quietSinceMs }: RoundTrip, ledger: LedgerEnd): string | undefined {
  const { readySinceMs, restarts, filtered, wasAtWork } = ledger;
  if (wasCut) return 'A connection of this command was lost, and with it, maybe, answers.';
  if (readySinceMs === undefined) return 'The service is not ready.';
  if (readySinceMs > quietSinceMs)
    return 'The service was not ready all the time since the last answer: give more --patience.';
  if (wasAtWork) return 'The service was at work until the end: give more --patience.';
  if (restarts > 0 && filtered > 0)
    return 'What its rules filtered just before the service started again is not counted.';
  return undefined;
}
