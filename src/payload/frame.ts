/** What a parser finds in a message: the picture's bytes and everything the rules and the result need beside them. */
export interface Frame {
  /** The encoded picture (JPEG, PNG, …). */
  readonly bytes: Uint8Array;
  /** The JSON object without the picture field, {} for raw bytes. Null prototype or plain; never walked for prototypes. */
  readonly msg: Readonly<Record<string, unknown>>;
  /** `origin` as UTF-8 JSON string bytes, quotes included: copied into the result unparsed. */
  readonly originJson: Uint8Array;
  /** True when the payload was the picture's own bytes. */
  readonly raw: boolean;
}
