/** For the end of a `switch` over a closed set: it compiles only while every member has a case. */
export function assertNever(value: never): never {
  throw new TypeError(`Cannot go on as every case must be handled: ${String(value)}`);
}
