const MAX_BYTES = 65_535;
/** Control characters (NUL among them), halves of surrogate pairs, which have no UTF-8 form, and non-characters. */
const UNFIT = /[\p{Cc}\p{Surrogate}\p{Noncharacter_Code_Point}]/u;

/**
 * Whether every broker takes the text as a topic or in a property: one may close the connection over what another hands
 * on.
 * @see MQTT 5.0, 1.5.4 UTF-8 Encoded String
 */
export function isFitText(text: string): boolean {
  return !UNFIT.test(text) && Buffer.byteLength(text) <= MAX_BYTES;
}
