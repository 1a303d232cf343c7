import sharp from 'sharp';

/** A mask of 0 and 255, width × height bytes row by row, as a grey PNG. */
export async function encodeMaskPng(mask: Uint8Array, width: number, height: number): Promise<Uint8Array> {
  return await sharp(mask, { raw: { width, height, channels: 1 } })
    .png()
    .toBuffer();
}
