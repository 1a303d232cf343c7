import { isUtf8 } from 'node:buffer';
import { ServiceError } from '../std/errors.js';
import type { PictureFormat } from './codec.js';

/** Formats that are told apart only to refuse them by name. */
const REFUSED = [
  'GIF',
  'SVG',
  'PBM, PGM or PPM',
  'HEIF or AVIF',
  'JPEG 2000',
  'JPEG XL',
  'BigTIFF',
  'PDF',
  'PSD',
  'OpenEXR',
  'Radiance HDR',
  'ICO',
] as const;
type RefusedFormat = (typeof REFUSED)[number];

const LONGEST_SIGNATURE_BYTES = 512;

/** The picture format that the first bytes announce; undefined when they are of no picture. */
function sniffFormat(bytes: Uint8Array): PictureFormat | RefusedFormat | undefined {
  const starts = (signature: string, at = 0) => hasAscii(bytes, signature, at);
  if (starts('\xff\xd8\xff')) return 'jpeg';
  if (starts('\x89PNG\r\n\x1a\n')) return 'png';
  if (starts('RIFF') && starts('WEBP', 8)) return 'webp';
  if (starts('II*\0') || starts('MM\0*')) return 'tiff';
  if (starts('BM') && isBmpHeaderSize(bytes)) return 'bmp';
  if (starts('GIF87a') || starts('GIF89a')) return 'GIF';
  if (starts('P') && isOneOf(bytes[1], '1234567') && isOneOf(bytes[2], ' \t\r\n')) return 'PBM, PGM or PPM';
  if (starts('\0') && starts('ftyp', 4)) return 'HEIF or AVIF'; // after the box's size, which is never 16 MiB
  if (starts('\0\0\0\x0cjP  ') || starts('\xff\x4f\xff\x51')) return 'JPEG 2000';
  if (starts('\0\0\0\x0cJXL ') || starts('\xff\x0a')) return 'JPEG XL';
  if (starts('II+\0') || starts('MM\0+')) return 'BigTIFF';
  if (starts('%PDF-')) return 'PDF';
  if (starts('8BPS')) return 'PSD';
  if (starts('v/1\x01')) return 'OpenEXR';
  if (starts('#?RADIANCE') || starts('#?RGBE')) return 'Radiance HDR';
  if (starts('\0\0\x01\0')) return 'ICO';
  if (isSvg(bytes)) return 'SVG';
  return undefined;
}

/** The media type of a picture that is inspected, so never one that can carry a script; undefined for anything else. */
export function mediaTypeOf(bytes: Uint8Array): string | undefined {
  const format = sniffFormat(bytes);
  return format === undefined || isRefused(format) ? undefined : `image/${format}`;
}

/** True when the bytes are of a picture, whether it is inspected or refused by name. */
export function isPicture(bytes: Uint8Array): boolean {
  return sniffFormat(bytes) !== undefined;
}

/**
 * The format of a picture that is inspected.
 * @throws {ServiceError} ERR_IMAGE_FORMAT with the name of what it is instead, as far as that is known
 */
export function detectFormat(bytes: Uint8Array): PictureFormat {
  const format = sniffFormat(bytes);
  if (format !== undefined && !isRefused(format)) return format;
  const found = format ?? (isText(bytes) ? 'text' : bytes.length === 0 ? 'nothing' : 'an unknown format');
  throw new ServiceError(
    'ERR_IMAGE_FORMAT',
    `Cannot inspect the picture as it must be JPEG, PNG, WebP, TIFF or BMP: it is ${found}`,
    {
      details: { format: found },
    },
  );
}

function isRefused(format: PictureFormat | RefusedFormat): format is RefusedFormat {
  return (REFUSED as readonly string[]).includes(format);
}

function hasAscii(bytes: Uint8Array, signature: string, at: number): boolean {
  if (bytes.length < at + signature.length) return false;
  for (let i = 0; i < signature.length; i++) if (bytes[at + i] !== signature.charCodeAt(i)) return false;
  return true;
}

function isOneOf(byte: number | undefined, characters: string): boolean {
  return byte !== undefined && characters.includes(String.fromCharCode(byte));
}

/** "BM" alone could begin a text; the size of the second header is one of few. */
function isBmpHeaderSize(bytes: Uint8Array): boolean {
  return [12, 16, 40, 52, 56, 64, 108, 124].includes(bytes[14] ?? 0) && bytes[15] === 0 && bytes[16] === 0;
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
