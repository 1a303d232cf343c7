import type { Image } from './image.js';

/** EXIF orientation: which way the stored picture has to be turned. 1: it stands as it is. */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

/** True when turning swaps width and height. */
export function isTransposed(orientation: Orientation): boolean {
  return orientation >= 5;
}

/**
 * Turns and flips a picture as its EXIF orientation asks; `out` takes the pixels and must not overlap the picture's.
 * @see CIPA DC-008 (Exif), tag 274; ApplyExifOrientation in OpenCV's loadsave.cpp
 */
export function orient(image: Image, orientation: Orientation, out: Uint8Array): Image {
  const { width, height, channels, data } = image;
  const swapped = isTransposed(orientation);
  const outWidth = swapped ? height : width;
  const outHeight = swapped ? width : height;
  if (out.length < width * height * channels) {
    throw new RangeError(`Cannot turn as the buffer needs ${width * height * channels} bytes: it has ${out.length}`);
  }
  const { origin, right, down } = walk(orientation, width, height);
  let o = 0;
  for (let y = 0; y < outHeight; y++) {
    let i = (origin + y * down) * channels;
    const step = right * channels;
    for (let x = 0; x < outWidth; x++, i += step) {
      for (let c = 0; c < channels; c++) out[o++] = data[i + c]!;
    }
  }
  return { width: outWidth, height: outHeight, channels, data: out };
}

/** The stored pixel of the upright top left corner, and the steps in stored pixels one to the right and one down. */
function walk(
  orientation: Orientation,
  width: number,
  height: number,
): { origin: number; right: number; down: number } {
  const last = width * height - 1;
  const topRight = width - 1;
  const bottomLeft = width * (height - 1);
  switch (orientation) {
    case 1:
      return { origin: 0, right: 1, down: width };
    case 2:
      return { origin: topRight, right: -1, down: width };
    case 3:
      return { origin: last, right: -1, down: -width };
    case 4:
      return { origin: bottomLeft, right: 1, down: -width };
    case 5:
      return { origin: 0, right: width, down: 1 };
    case 6:
      return { origin: bottomLeft, right: -width, down: 1 };
    case 7:
      return { origin: last, right: -width, down: -1 };
    case 8:
      return { origin: topRight, right: width, down: -1 };
  }
}
