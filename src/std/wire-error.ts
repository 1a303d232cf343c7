/** Errors across a boundary of threads or processes: postMessage and IPC lose class, code and cause of an Error. */
import { type ErrorCode, type ErrorDetails, isErrorCode, ServiceError } from './errors.js';

/** An error as plain data: class, code, details, stack and cause survive the thread boundary. */
export interface WireError {
  readonly code: ErrorCode | undefined;
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly details: ErrorDetails;
  readonly cause: WireError | undefined;
}

export function toWire(error: unknown, depth = 0): WireError {
  if (!(error instanceof Error)) {
    return { code: undefined, name: 'Error', message: String(error), stack: undefined, details: {}, cause: undefined };
  }
  const ours = error instanceof ServiceError;
  return {
    code: ours ? error.code : undefined,
    name: error.name,
    message: error.message,
    stack: error.stack,
    details: ours ? error.details : {},
    cause: error.cause === undefined || depth >= 8 ? undefined : toWire(error.cause, depth + 1),
  };
}

export function fromWire(wire: WireError): Error {
  const options = wire.cause === undefined ? {} : { cause: fromWire(wire.cause) };
  const error = isErrorCode(wire.code)
    ? new ServiceError(wire.code, wire.message, { ...options, details: wire.details })
    : Object.assign(new Error(wire.message, options), { name: wire.name });
  if (wire.stack !== undefined) error.stack = wire.stack;
  return error;
}
