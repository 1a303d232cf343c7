/** What follows from an error that a worker reports or ends with. */
import { ERRORS, ServiceError } from '../std/errors.js';

/** A worker that fails its self-test gives no more results; the next test may meet another one, and know nothing of it. */
export function isWrong(error: Error): boolean {
  return error instanceof ServiceError && error.code === 'ERR_SELF_TEST';
}

/** On a fresh worker. */
export function mayRetry(error: Error): boolean {
  return error instanceof ServiceError && ERRORS[error.code].onFailure === 'retry';
}
