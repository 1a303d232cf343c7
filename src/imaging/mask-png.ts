/** A mask of 0 and 255, width × height bytes row by row, as a grey PNG. */
export async function encodeMaskPng(mask: Uint8Array, width: number, height: number): Promise<Uint8Array> {
  // Loaded at the first mask: libvips takes memory in every thread that a line of JPEG cameras never needs.
  const { default: sharp } = await import('sharp');
  return await sharp(mask, { raw: { width, height, channels: 1 } })
    .png()
    .toBuffer();
}
