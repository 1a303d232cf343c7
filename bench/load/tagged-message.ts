/**
 * Messages that differ in a number and decode to the same pixels: a JPEG comment right after the start of the picture holds
 * it. Start and comment together are a multiple of three bytes, so that the base64 of the rest never changes.
 */

export interface TaggedMessages {
  /** The message with this number, in parts to be written one after the other. */
  parts(seq: number): readonly Buffer[];
  /** What `origin` of its result must be. */
  origin(seq: number): Buffer;
}

const START = Buffer.from([0xff, 0xd8]);
const COMMENT = Buffer.from([0xff, 0xfe]);
const DIGITS = 15;
/** base64 of start, comment marker, length (2 + 15) and digits: 21 bytes. */
const TAG_CHARACTERS = 28;
const ORIGIN = Buffer.from('"origin":');
const HEAD = Buffer.from('{"image":"');
const TAIL = Buffer.from('"}');

/** Message number n carries picture n modulo their number. */
export function tagMessages(jpegs: readonly Buffer[]): TaggedMessages {
  const rests = jpegs.map((jpeg) => {
    if (!jpeg.subarray(0, 2).equals(START)) throw new Error('not a JPEG');
    return Buffer.from(jpeg.subarray(2).toString('base64'));
  });
  const restOf = (seq: number) => rests[seq % rests.length] ?? Buffer.alloc(0);
  return {
    parts: (seq) => [HEAD, tagOf(seq), restOf(seq), TAIL],
    origin: (seq) => Buffer.concat([tagOf(seq), restOf(seq)]),
  };
}

/** The origin's place in a result, or undefined. */
export function originIn(result: Buffer): number | undefined {
  const key = result.indexOf(ORIGIN);
  const quote = key < 0 ? -1 : result.indexOf(0x22, key + ORIGIN.length);
  return quote < 0 ? undefined : quote + 1;
}

/** The number in the origin that starts at `at`, or undefined. */
export function seqAt(result: Buffer, at: number): number | undefined {
  const tag = Buffer.from(result.toString('latin1', at, at + TAG_CHARACTERS), 'base64');
  const seq = Number(tag.toString('latin1', 6));
  return tag.length === 6 + DIGITS && Number.isInteger(seq) ? seq : undefined;
}

function tagOf(seq: number): Buffer {
  const digits = Buffer.from(String(seq).padStart(DIGITS, '0'));
  return Buffer.from(Buffer.concat([START, COMMENT, Buffer.from([0, 2 + DIGITS]), digits]).toString('base64'));
}
