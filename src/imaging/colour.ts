/** Decoded samples → B, G, R of 8 bits, each conversion as OpenCV does it. */

/** Swaps the first and third of every three bytes, in place. */
export function swapRedBlue(pixels: Uint8Array): void {
  for (let i = 0; i + 2 < pixels.length; i += 3) {
    const first = pixels[i]!;
    pixels[i] = pixels[i + 2]!;
    pixels[i + 2] = first;
  }
}

/**
 * C, M, Y, K with 0 as no ink → B, G, R.
 * @see icvCvt_CMYK2BGR_8u_C4C3R in OpenCV's modules/imgcodecs/src/utils.cpp, which gets the four inverted
 */
export function cmykToBgr(cmyk: Uint8Array, bgr: Uint8Array): void {
  for (let i = 0, o = 0; i < cmyk.length; i += 4, o += 3) {
    const light = 255 - cmyk[i + 3]!;
    bgr[o] = light - ((cmyk[i + 2]! * light) >> 8);
    bgr[o + 1] = light - ((cmyk[i + 1]! * light) >> 8);
    bgr[o + 2] = light - ((cmyk[i]! * light) >> 8);
  }
}

/** 16-bit R, G, B → B, G, R by libtiff's rounding, (v·255 + 32767) / 65535. */
export function rgb16ToBgr(rgb: Uint16Array, bgr: Uint8Array): void {
  for (let i = 0; i < rgb.length; i += 3) {
    bgr[i] = to8Bits(rgb[i + 2]!);
    bgr[i + 1] = to8Bits(rgb[i + 1]!);
    bgr[i + 2] = to8Bits(rgb[i]!);
  }
}

/** R, G, B, A → B, G, R multiplied with alpha, by libtiff's rounding, (v·a + 127) / 255. */
export function premultiplyToBgr(rgba: Uint8Array, bgr: Uint8Array): void {
  for (let i = 0, o = 0; i < rgba.length; i += 4, o += 3) {
    const alpha = rgba[i + 3]!;
    bgr[o] = Math.floor((rgba[i + 2]! * alpha + 127) / 255);
    bgr[o + 1] = Math.floor((rgba[i + 1]! * alpha + 127) / 255);
    bgr[o + 2] = Math.floor((rgba[i]! * alpha + 127) / 255);
  }
}

function to8Bits(value: number): number {
  return Math.floor((value * 255 + 32767) / 65535);
}
