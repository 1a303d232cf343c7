/** JPEGs that can be told apart by a comment segment: same pixels, another payload, found again in a result's origin. */

const SOI_BYTES = 2;
const PREFIX = 'flawline-verify:';

/** The picture with a COM segment right behind its start marker. @see ITU-T T.81, B.2.4.5 */
export function tagJpeg(jpeg: Buffer, tag: string): Buffer {
  const comment = Buffer.from(`${PREFIX}${tag}`);
  const header = Buffer.from([0xff, 0xfe, 0, 0]);
  header.writeUInt16BE(comment.length + 2, 2);
  return Buffer.concat([jpeg.subarray(0, SOI_BYTES), header, comment, jpeg.subarray(SOI_BYTES)]);
}

/** The tag of a picture in base64; undefined when it has none. */
export function tagOfOrigin(origin: string | undefined): string | undefined {
  if (origin === undefined) return undefined;
  const head = Buffer.from(origin.slice(0, 400), 'base64');
  if (head.length < 8 || head.readUInt32BE(0) !== 0xffd8fffe) return undefined;
  const comment = head.subarray(6, 4 + head.readUInt16BE(4)).toString('utf8');
  return comment.startsWith(PREFIX) ? comment.slice(PREFIX.length) : undefined;
}
