/** Sets of words that several parts use and that docs/metrics.md shows as values of labels. */

/** What a connection to a broker is for; a stream has a source of its own, a rule may have a sink of its own. */
export const ROLES = ['source', 'sink'] as const;
export type Role = (typeof ROLES)[number];

/** What a worker thread is doing. */
export const WORKER_STATES = ['starting', 'idle', 'busy', 'failed', 'abandoned'] as const;
export type WorkerState = (typeof WORKER_STATES)[number];

/** What became of a message. */
export const OUTCOMES = ['published', 'filtered', 'dead_lettered', 'dropped'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** Why a message was dropped on purpose; nothing else ever is. */
export const DROP_REASONS = ['qos0_overflow', 'latest', 'expired', 'rule_stopped'] as const;
export type DropReason = (typeof DROP_REASONS)[number];

/**
 * Why a picture that was to be kept was not: it came faster than the disk takes them, could not be written, judged ones take
 * all the room, or the predicate that says what is kept failed on it.
 */
export const KEEP_FAULTS = ['too_fast', 'disk', 'full', 'predicate'] as const;
export type KeepFault = (typeof KEEP_FAULTS)[number];
