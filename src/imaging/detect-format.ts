import { isUtf8 } from 'node:buffer';
import { ServiceError } from '../std/errors.js';
import { FORMAT_ROWS, formatOf, type PictureFormat } from './formats.js';
import { startsWith } from './headers/byte-reader.js';

const LONGEST_SIGNATURE_BYTES = 512;

/** Formats that are told apart only to refuse them by name. */
const REFUSED: readonly (readonly [name: string, matches: (bytes: Uint8Array) => boolean])[] = [
  ['GIF', (bytes) => startsWith(bytes, 'GIF87a') || startsWith(bytes, 'GIF89a')],
  [
    'PBM, PGM or PPM',
    (bytes) => startsWith(bytes, 'P') && isOneOf(bytes[1], '1234567') && isOneOf(bytes[2], ' \t\r\n'),
  ],
  ['HEIF or AVIF', (bytes) => isBoxed(bytes) && HEIF_BRANDS.includes(brandOf(bytes))],
  ['CR3', (bytes) => isBoxed(bytes) && brandOf(bytes) === 'crx '],
  ['MP4 or QuickTime', isBoxed],
  ['AVI', (bytes) => startsWith(bytes, 'RIFF') && startsWith(bytes, 'AVI ', 8)],
  ['Matroska or WebM', (bytes) => startsWith(bytes, '\x1a\x45\xdf\xa3')],
  ['H.264 or H.265', isVideoStream],
  ['JPEG XR', (bytes) => startsWith(bytes, 'II\xbc')],
  ['JPEG 2000', (bytes) => startsWith(bytes, '\0\0\0\x0cjP  ') || startsWith(bytes, '\xff\x4f\xff\x51')],
  ['JPEG XL', (bytes) => startsWith(bytes, '\0\0\0\x0cJXL ') || startsWith(bytes, '\xff\x0a')],
  ['PDF', (bytes) => startsWith(bytes, '%PDF-')],
  ['PSD', (bytes) => startsWith(bytes, '8BPS')],
  ['OpenEXR', (bytes) => startsWith(bytes, 'v/1\x01')],
  ['Radiance HDR', (bytes) => startsWith(bytes, '#?RADIANCE') || startsWith(bytes, '#?RGBE')],
  ['ICO', (bytes) => startsWith(bytes, '\0\0\x01\0')],
  ['SVG', isSvg],
];

export const REFUSED_FORMATS: readonly string[] = REFUSED.map(([name]) => name);

/** "JPEG, PNG, WebP, TIFF or BMP". */
const INSPECTED = FORMAT_ROWS.map(([, { label }]) => label)
  .join(', ')
  .replace(/, ([^,]*)$/, ' or $1');

/** True when the bytes are of a picture, whether it is inspected or refused by name. */
export function isPicture(bytes: Uint8Array): boolean {
  return formatOf(bytes) !== undefined || refusedFormatOf(bytes) !== undefined;
}

/**
 * The format of a picture that is inspected.
 * @throws {ServiceError} ERR_IMAGE_FORMAT with the name of what it is instead, as far as that is known
 */
export function detectFormat(bytes: Uint8Array): PictureFormat {
  const format = formatOf(bytes);
  if (format !== undefined) return format;
  const found =
    refusedFormatOf(bytes) ?? (isText(bytes) ? 'text' : bytes.length === 0 ? 'nothing' : 'an unknown format');
  throw new ServiceError('ERR_IMAGE_FORMAT', `Cannot inspect the picture as it must be ${INSPECTED}: it is ${found}`, {
    details: { format: found },
  });
}

function refusedFormatOf(bytes: Uint8Array): string | undefined {
  return REFUSED.find(([, matches]) => matches(bytes))?.[0];
}

const HEIF_BRANDS = ['heic', 'heix', 'hevc', 'hevx', 'heim', 'heis', 'mif1', 'msf1', 'avif', 'avis'];

/** Of ISO base media files; the size of the box comes first, and it is never 16 MiB. */
function isBoxed(bytes: Uint8Array): boolean {
  return startsWith(bytes, '\0') && startsWith(bytes, 'ftyp', 4);
}

function brandOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(8, 12)).toString('latin1');
}

/** The start code of a parameter set or of a delimiter. @see ITU-T H.264 and H.265, annex B */
function isVideoStream(bytes: Uint8Array): boolean {
  const first = bytes[4] ?? 0;
  return (
    startsWith(bytes, '\0\0\0\x01') && ([0x67, 0x27, 0x47, 0x09].includes(first) || (first === 0x40 && bytes[5] === 1))
  );
}

function isOneOf(byte: number | undefined, characters: string): boolean {
  return byte !== undefined && characters.includes(String.fromCharCode(byte));
}

function isSvg(bytes: Uint8Array): boolean {
  const head = Buffer.from(bytes.subarray(0, LONGEST_SIGNATURE_BYTES))
    .toString('latin1')
    .replace(/^\xef\xbb\xbf/, '');
  return /^\s*<(\?xml|!DOCTYPE svg|!--|svg)/i.test(head) && /<svg[\s>]|<\?xml|<!DOCTYPE svg/i.test(head);
}

function isText(bytes: Uint8Array): boolean {
  let head = bytes.subarray(0, LONGEST_SIGNATURE_BYTES);
  // The cut may have gone through a character of up to four bytes.
  for (let cut = 0; cut < 4 && !isUtf8(head); cut++) head = head.subarray(0, -1);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what text has not
  return head.length > 0 && isUtf8(head) && !/[\0-\x08\x0e-\x1f]/.test(Buffer.from(head).toString('utf8'));
}
