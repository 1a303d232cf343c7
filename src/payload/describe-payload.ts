/** What a payload is that can be neither read as JSON nor as a picture, and what its publisher can do. */
/** Pictures that are looked for behind a head of the publisher's own. */
const EMBEDDED: readonly (readonly [name: string, signature: Buffer])[] = [
  ['JPEG', Buffer.from('ffd8ff', 'hex')],
  ['PNG', Buffer.from('89504e470d0a1a0a', 'hex')],
];
const LONGEST_HEAD_BYTES = 4096;

const COMPRESSED: readonly (readonly [name: string, signature: string])[] = [
  ['gzip', '1f8b'],
  ['zstd', '28b52ffd'],
  ['a ZIP file', '504b0304'],
  ['bzip2', '425a68'],
  ['xz', 'fd377a585a00'],
  ['zlib', '7801'],
  ['zlib', '789c'],
  ['zlib', '78da'],
  ['LZ4', '04224d18'],
];

/**
 * Says what a text is that is not JSON. Undefined when nothing better is known than what the JSON parser says.
 */
export function describeText(text: string): string | undefined {
  const start = text.trimStart().slice(0, 64);
  if (/^b['"]/.test(start)) return `it is ${PYTHON_BYTES}`;
  if (/^\{\s*'/.test(start)) return 'it is the repr of a Python dict: publish json.dumps(…)';
  if (/^--[^\r\n]{1,70}\r?\nContent-/i.test(text.trimStart().slice(0, 512))) {
    return 'it is a multipart body of HTTP: publish the picture in it alone';
  }
  if (/^(POST|PUT|HTTP\/1\.)[ ./]/.test(start)) return 'it is an HTTP message: publish its body alone';
  if (/^<(\?xml|[A-Za-z])/.test(start)) return 'it is XML or HTML: publish a JSON object or the picture itself';
  return undefined;
}

export const PYTHON_BYTES = "the repr of Python bytes (b'…'): publish base64.b64encode(…).decode()";

/** Bytes that are no UTF-8. */
export function describeBinary(bytes: Buffer): string {
  const compression = COMPRESSED.find(([, hex]) => bytes.subarray(0, hex.length / 2).toString('hex') === hex);
  if (compression !== undefined) return `it is ${compression[0]}: publish it uncompressed`;
  if (isUtf16(bytes)) return 'it is UTF-16 text: publish UTF-8';
  const head = bytes.subarray(0, LONGEST_HEAD_BYTES);
  const packed = isRtpJpeg(head) ? 'RTP' : isMsgpack(head) ? 'MessagePack' : isCbor(head) ? 'CBOR' : undefined;
  const found = EMBEDDED.map(([name, signature]) => ({ name, at: head.indexOf(signature) }))
    .filter(({ at }) => at >= 0)
    .sort((a, b) => a.at - b.at)[0];
  const picture = found && `a ${found.name} begins at byte ${found.at}`;
  if (packed !== undefined) {
    return `it looks like ${packed}${picture === undefined ? '' : ` (${picture})`}: publish a JSON object or the picture itself`;
  }
  if (picture !== undefined) return `${picture}, what is before it is no part of it: publish the picture alone`;
  return 'it is binary data of no known picture format (pixels without a format have no size: publish PNG or BMP)';
}

function isUtf16(bytes: Buffer): boolean {
  if (bytes.length < 2) return false;
  const mark = bytes.readUInt16BE(0);
  return mark === 0xfffe || mark === 0xfeff || mark === 0x7b00 || mark === 0x007b;
}

/** A map of few entries whose first key is a text. @see https://github.com/msgpack/msgpack/blob/master/spec.md */
function isMsgpack(bytes: Buffer): boolean {
  const first = bytes[0] ?? 0;
  const key = (first & 0xf0) === 0x80 ? bytes[1] : first === 0xde ? bytes[3] : undefined;
  return key !== undefined && ((key & 0xe0) === 0xa0 || key === 0xd9);
}

/** The same of CBOR, or its mark of three bytes. @see RFC 8949, §3.1 and §3.4.6 */
function isCbor(bytes: Buffer): boolean {
  if (bytes.subarray(0, 3).toString('hex') === 'd9d9f7') return true;
  const first = bytes[0] ?? 0;
  const key = (first >= 0xa0 && first <= 0xb7) || first === 0xbf ? bytes[1] : first === 0xb8 ? bytes[2] : undefined;
  return key !== undefined && key >= 0x60 && key <= 0x79;
}

/** Version 2 of RTP with the payload type of JPEG. @see RFC 3551, §6 */
function isRtpJpeg(bytes: Buffer): boolean {
  return ((bytes[0] ?? 0) & 0xc0) === 0x80 && ((bytes[1] ?? 0) & 0x7f) === 26;
}
