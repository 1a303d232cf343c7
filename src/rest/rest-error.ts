/** A refusal in eKuiper's form: `{"error":<code>,"message":"<sentence>"}`. */

/** Codes that its users look at. */
export const CODE = {
  undefined: 1000,
  notFound: 1002,
  io: 1003,
  sql: 2001,
  plan: 2101,
  executor: 2201,
  stream: 3000,
} as const;
type Code = (typeof CODE)[keyof typeof CODE];

export class RestError extends Error {
  override readonly name = 'RestError';
  readonly code: Code;
  readonly status: number;

  /** @param status 404 for what is not found, else 400, as eKuiper has it; another one where eKuiper says nothing */
  constructor(code: Code, message: string, status: number = code === CODE.notFound ? 404 : 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** With what was being done in front, as eKuiper writes it. */
export function prefixed(prefix: string, error: RestError): RestError {
  return new RestError(error.code, `${prefix}${error.message}`, error.status);
}
