import { createHash } from 'node:crypto';
import type { Image } from '../../../src/vision/image.js';

/** The picture's B, G, R bytes; one channel stands for three equal ones. */
export function bgrBytes(image: Image): Uint8Array {
  const pixels = image.width * image.height;
  if (image.channels === 3) return image.data.slice(0, pixels * 3);
  return Uint8Array.from({ length: pixels * 3 }, (_, i) => image.data[Math.floor(i / 3)] ?? 0);
}

export function bgrSha256(image: Image): string {
  return createHash('sha256').update(bgrBytes(image)).digest('hex');
}

/** A black picture to write into. */
export function blankImage(width: number, height: number, channels: 1 | 3): Image {
  return { width, height, channels, data: new Uint8Array(width * height * channels) };
}
