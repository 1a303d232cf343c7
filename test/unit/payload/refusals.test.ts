/** What publishers send by mistake: the refusal says what it is, and what to do. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateSync, gzipSync } from 'node:zlib';
import { isPicture } from '../../../src/imaging/detect-format.js';
import { parse } from '../../../src/payload/parse.js';

const JPEG = Buffer.from('ffd8ffe000104a46494600010100000100010000ffd9', 'hex');
const BASE64 = JPEG.toString('base64');
const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
const json = (value: unknown) => Buffer.from(JSON.stringify(value));

const CASES: readonly (readonly [what: string, payload: Buffer, code: string, message: RegExp])[] = [
  ['gzip', gzipSync(json({ image: BASE64 })), 'ERR_PAYLOAD_JSON', /it is gzip: publish it uncompressed$/],
  ['zlib', deflateSync(json({ image: BASE64 })), 'ERR_PAYLOAD_JSON', /it is zlib: publish it uncompressed$/],
  ['zstd', hex('28b52ffd 0420'), 'ERR_PAYLOAD_JSON', /it is zstd/],
  ['ZIP', hex('504b0304 1400ff'), 'ERR_PAYLOAD_JSON', /it is a ZIP file/],
  [
    'MessagePack',
    Buffer.concat([hex('81 a5'), Buffer.from('image'), hex('c5 0016'), JPEG]),
    'ERR_PAYLOAD_JSON',
    /it looks like MessagePack \(a JPEG begins at byte 10\): publish a JSON object or the picture itself$/,
  ],
  ['CBOR', Buffer.concat([hex('a1 65'), Buffer.from('image'), hex('56'), JPEG]), 'ERR_PAYLOAD_JSON', /looks like CBOR/],
  ['RTP', Buffer.concat([hex('801a 0001 00000001 deadbeef'), Buffer.alloc(8, 0xee)]), 'ERR_PAYLOAD_JSON', /like RTP/],
  [
    'a length before the picture',
    Buffer.concat([hex('00000016'), JPEG]),
    'ERR_PAYLOAD_JSON',
    /a JPEG begins at byte 4, what is before it is no part of it: publish the picture alone$/,
  ],
  ['UTF-16', Buffer.from('\ufeff{"image":"x"}', 'utf16le'), 'ERR_PAYLOAD_JSON', /it is UTF-16 text: publish UTF-8$/],
  ['raw pixels', Buffer.alloc(64, 0xb5), 'ERR_PAYLOAD_JSON', /binary data of no known picture format \(pixels without/],
  [
    'a multipart body',
    Buffer.from('--x\r\nContent-Disposition: form-data; name="image"\r\n\r\nabc\r\n--x--\r\n'),
    'ERR_PAYLOAD_JSON',
    /it is a multipart body of HTTP: publish the picture in it alone$/,
  ],
  ['a word', Buffer.from(' hello'), 'ERR_PAYLOAD_JSON', /it is text that begins with "hello"$/],
  ['blanks', Buffer.from(' \n'), 'ERR_PAYLOAD_JSON', /it is white space alone$/],
  ['XML', Buffer.from('<image>x</image>'), 'ERR_PAYLOAD_JSON', /it is XML or HTML/],
  [
    'a Python dict',
    Buffer.from(`{'image': '${BASE64}'}`),
    'ERR_PAYLOAD_JSON',
    /repr of a Python dict: publish json.dumps/,
  ],
  ['Python bytes', Buffer.from(`b'${BASE64}'`), 'ERR_PAYLOAD_JSON', /repr of Python bytes .*\.decode\(\)$/],
  [
    'Python bytes in the field',
    json({ image: `b'${BASE64}'` }),
    'ERR_PAYLOAD_BASE64',
    /repr of Python bytes .*\.decode\(\)$/,
  ],
  ['base64url', json({ image: '_9j_4A==' }), 'ERR_PAYLOAD_BASE64', /character 0 is "_" \(that of base64url/],
  [
    'a Buffer of Node',
    json({ image: JPEG }),
    'ERR_PAYLOAD_FIELD',
    /it is an object \(a Buffer of Node as JSON\): publish buffer\.toString\('base64'\)$/,
  ],
  ['an array of bytes', json({ image: [...JPEG] }), 'ERR_PAYLOAD_FIELD', /an array of numbers: publish the base64/],
  ['null', json({ image: null }), 'ERR_PAYLOAD_FIELD', /must be a string of base64: it is null$/],
  ['a number', json({ image: 7 }), 'ERR_PAYLOAD_FIELD', /it is a number$/],
  [
    'a NUL behind the object',
    Buffer.concat([json({ image: BASE64 }), Buffer.alloc(1)]),
    'ERR_PAYLOAD_JSON',
    new RegExp(`at byte ${json({ image: BASE64 }).length}$`),
  ],
  [
    'a wrong character behind the picture, and letters of two bytes before it',
    Buffer.from(`{"größe":1,"image":"${BASE64}",}`),
    'ERR_PAYLOAD_JSON',
    new RegExp(`byte ${Buffer.byteLength(`{"größe":1,"image":"${BASE64}",`)} is unexpected$`),
  ],
  ['Latin-1', Buffer.from('{"größe":1}', 'latin1'), 'ERR_PAYLOAD_JSON', /it is not UTF-8, which JSON must be$/],
];

for (const [what, payload, code, message] of CASES) {
  test(`parse() refuses ${what} with what it is`, () => {
    assert.throws(() => parse(payload, { imageField: 'image', isPicture }), { code, message });
  });
}
