/** What a parser finds in a message: the picture's bytes and everything the rules and the result need beside them. */
export interface Frame {
  /** The encoded picture (JPEG, PNG, …). */
  readonly bytes: Uint8Array;
  /** The JSON object without the picture field, {} for raw bytes. Null prototype: `__proto__` is a key like any other. */
  readonly msg: Readonly<Record<string, unknown>>;
  /**
   * `origin` as UTF-8 JSON string bytes, quotes included: copied into the result unparsed; may be a view into the payload.
   * Undefined when the payload was the picture's own bytes: `origin` is then the base64 of `bytes`.
   */
  readonly originJson: Uint8Array | undefined;
}
