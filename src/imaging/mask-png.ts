/** A mask of 0 and 255, width × height bytes row by row, as a grey PNG. */
export async function encodeMaskPng(mask: Uint8Array, width: number, height: number): Promise<Uint8Array> {
  // Loaded at the first mask: libvips takes 20 MB that a line of JPEG cameras never needs.
  const { default: sharp } = await import('sharp');
  // A copy, as sharp takes no shared memory.
  return await sharp(Buffer.from(mask), { raw: { width, height, channels: 1 } })
    .png()
    .toBuffer();
}
