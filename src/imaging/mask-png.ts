/** Masks of 0 and 255, a byte a pixel, row by row, as grey PNG and back. */
import type { Sharp } from 'sharp';
import type { Rectangle, Size } from '../domain/size.js';

export interface Mask extends Size {
  readonly data: Uint8Array;
}

/** A mask of width × height as a grey PNG. */
export async function encodeMaskPng(mask: Uint8Array, width: number, height: number): Promise<Uint8Array> {
  return await (await open({ data: mask, width, height })).png().toBuffer();
}

/**
 * The mask at the size of the picture that it is of, black where it says nothing. Edges are where a linear resize passes one
 * half.
 * @param seen the part of the picture that the mask covers
 */
export async function encodeMaskOfPicture(mask: Mask, picture: Size, seen: Rectangle): Promise<Uint8Array> {
  const part = (await open(mask))
    .resize(seen.width, seen.height, { fit: 'fill', kernel: 'linear' })
    .threshold(128)
    .extend({
      left: seen.x,
      top: seen.y,
      right: picture.width - seen.x - seen.width,
      bottom: picture.height - seen.y - seen.height,
      background: '#000',
    });
  return await part.toColourspace('b-w').png().toBuffer();
}

/** @throws {Error} where it is no PNG. White is what is above one half. */
export async function decodeMaskPng(bytes: Uint8Array): Promise<Mask> {
  const { default: sharp } = await import('sharp');
  const { data, info } = await sharp(bytes).toColourspace('b-w').raw().toBuffer({ resolveWithObject: true });
  const mask = new Uint8Array(info.width * info.height);
  for (let i = 0; i < mask.length; i++) mask[i] = (data[i * info.channels] ?? 0) > 127 ? 255 : 0;
  return { data: mask, width: info.width, height: info.height };
}

/** A picture of any format as a PNG, upright. */
export async function toPng(picture: Uint8Array): Promise<Uint8Array> {
  const { default: sharp } = await import('sharp');
  return await sharp(picture).autoOrient().png().toBuffer();
}

async function open({ data, width, height }: Mask): Promise<Sharp> {
  // Loaded at the first mask: libvips takes memory in every thread that a line of JPEG cameras never needs.
  const { default: sharp } = await import('sharp');
  return sharp(data, { raw: { width, height, channels: 1 } });
}
