/** Media types of pictures that a browser may be given, by their first bytes. Never one that can carry a script. */
const SIGNATURES: readonly (readonly [type: string, offset: number, bytes: readonly number[]])[] = [
  ['image/jpeg', 0, [0xff, 0xd8, 0xff]],
  ['image/png', 0, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  ['image/webp', 8, [0x57, 0x45, 0x42, 0x50]],
  ['image/bmp', 0, [0x42, 0x4d]],
  ['image/tiff', 0, [0x49, 0x49, 0x2a, 0x00]],
  ['image/tiff', 0, [0x4d, 0x4d, 0x00, 0x2a]],
];

/** Undefined when the bytes are none of them. */
export function pictureType(bytes: Uint8Array): string | undefined {
  return SIGNATURES.find(([, offset, magic]) => magic.every((byte, i) => bytes[offset + i] === byte))?.[0];
}
