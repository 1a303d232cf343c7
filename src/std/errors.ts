/**
 * Every fault this service can name: one table, one class.
 *
 * `onFailure` says what a failed message causes: `report` sends a dead letter at once; `retry` gives the job to a fresh
 * worker once more and reports when that fails too. The codes of the group `setup` end a command instead; `exitCode` is
 * what the process then ends with.
 */
export interface ErrorEntry {
  readonly meaning: string;
  readonly group: 'message' | 'setup';
  readonly onFailure: 'report' | 'retry' | 'stop';
  readonly exitCode?: number;
}

export const ERRORS = {
  ERR_PAYLOAD_TOO_LARGE: entry('The message is larger than limits.maxPayloadBytes.'),
  ERR_PAYLOAD_EMPTY: entry('The message has no bytes.'),
  ERR_PAYLOAD_JSON: entry('The message is neither JSON with a picture, nor a picture or its base64.'),
  ERR_PAYLOAD_FIELD: entry('The picture field is missing, given twice, or not a string.'),
  ERR_PAYLOAD_BASE64: entry('The picture field is not standard, padded base64.'),
  ERR_IMAGE_FORMAT: entry('The picture is of a format that is not inspected.'),
  ERR_IMAGE_DECODE: entry('The picture is broken: truncated, corrupt or contradictory.'),
  ERR_IMAGE_TOO_LARGE: entry('The picture has more pixels than limits.maxPixels.'),
  ERR_PREDICATE: entry('The predicate failed on this message.'),
  ERR_INFERENCE: entry('The engine failed on this picture.', 'retry'),
  ERR_JOB_TIMEOUT: entry('The inspection took longer than limits.jobTimeoutMs.', 'retry'),
  ERR_WORKER_EXITED: entry('The worker thread ended while it held the job.', 'retry'),
  ERR_QUARANTINED: entry('Two processes crashed while they inspected nothing but this picture.'),
  ERR_RESULT_TOO_LARGE: entry('The result is larger than the largest packet the broker takes.'),
  ERR_RESULT_REFUSED: entry('The broker refused the result for good.'),
  ERR_CONFIG: setup('The configuration has faults.', 2),
  ERR_CATALOGUE: setup('The folder of catalogue.path cannot be read or written.', 2),
  ERR_RUNTIME_MISSING: setup('No OpenVINO runtime was found.', 4),
  ERR_RUNTIME_LOAD: setup('The OpenVINO runtime was found but does not load.', 4),
  ERR_MODEL_LOAD: setup('The model cannot be read or compiled.', 1),
  ERR_MODEL_CONTRACT: setup('The model does not fit: its inputs or outputs are not those of a segmentation.', 1),
  ERR_SELF_TEST: setup(
    'The engine gives a wrong answer on the self-test picture, or OpenCV does not confirm the count.',
    1,
  ),
  ERR_BROKER: setup('The broker cannot be reached or refuses the connection.', 1),
  ERR_SESSION_TAKEN: setup('Another client connected with the same client id.', 3),
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERRORS;

/** Values that belong to an error, as data: what was wrong, where, what is allowed. */
type ErrorDetails = Readonly<Record<string, string | number | boolean | null>>;

interface ServiceErrorOptions extends ErrorOptions {
  readonly details?: ErrorDetails;
}

/** The one error class. `message` reads "Cannot <action> as <rule>: <current value>". */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, options: ServiceErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.details = options.details ?? {};
  }
}

/** The error itself if it is ours, else a ServiceError of `code` with the foreign one as its cause. */
export function toServiceError(error: unknown, code: ErrorCode): ServiceError {
  if (error instanceof ServiceError) return error;
  return new ServiceError(code, messageOf(error), { cause: error });
}

/** What was thrown, in words. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What was thrown, as an Error. */
export function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(ERRORS, value);
}

function entry(meaning: string, onFailure: 'report' | 'retry' = 'report'): ErrorEntry {
  return { meaning, group: 'message', onFailure };
}

function setup(meaning: string, exitCode: number): ErrorEntry {
  return { meaning, group: 'setup', onFailure: 'stop', exitCode };
}

/** For the end of a `switch` over a closed set: it compiles only while every member has a case. */
export function assertNever(value: never): never {
  throw new TypeError(`Cannot go on as every case must be handled: ${String(value)}`);
}

// Errors across a boundary of threads or processes: postMessage and IPC lose class, code and cause of an Error.

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
