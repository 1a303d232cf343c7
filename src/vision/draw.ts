/** What drawings on pictures are made of. */
import type { Size } from '../domain/size.js';
import type { Image } from './image.js';

export type Colour = readonly [blue: number, green: number, red: number];

/** Lines are this fraction of the picture's longer side, at least one pixel. */
const LINE_FRACTION = 1 / 400;

export function lineWidthFor({ width, height }: Size): number {
  return Math.max(1, Math.round(Math.max(width, height) * LINE_FRACTION));
}

/** A picture as three channels. */
export function copyAsColour({ width, height, channels, data }: Image, out: Uint8Array): void {
  const pixels = width * height;
  if (channels === 3) {
    out.set(data.subarray(0, 3 * pixels));
    return;
  }
  for (let i = 0, o = 0; i < pixels; i++) {
    const value = data[i]!;
    out[o++] = value;
    out[o++] = value;
    out[o++] = value;
  }
}

export interface Box {
  readonly left: number;
  readonly top: number;
  /** Not in it. */
  readonly right: number;
  readonly bottom: number;
}

/** What lies outside of the image is left out. */
export function fillRectangle({ width, height, data }: Image, { left, top, right, bottom }: Box, colour: Colour): void {
  const x0 = Math.max(0, left);
  const x1 = Math.min(width, right);
  for (let y = Math.max(0, top); y < Math.min(height, bottom); y++) {
    for (let o = 3 * (y * width + x0); o < 3 * (y * width + x1); o += 3) {
      data[o] = colour[0];
      data[o + 1] = colour[1];
      data[o + 2] = colour[2];
    }
  }
}

/** Words in a picture, in letters of five by seven squares: no font is needed, and every machine draws the same. */

/**
 * Each letter with its seven rows from the top: a digit of base 32 has the five squares of a row, the left one first.
 */
const GLYPHS = [
  'Aehhvhhh Buhhuhhu Cehggghe Duhhhhhu Evgguggv Fvgguggg Gehgnhhf Hhhhvhhh Ie44444e J72222ic',
  'Khikokih Lggggggv Mhrllhhh Nhppljjh Oehhhhhe Puhhuggg Qehhhlid Ruhhukih Sfgge11u Tv444444',
  'Uhhhhhhe Vhhhhaa4 Whhhllrh Xhha4ahh Yhha4444 Zv1248gv a00e1fhf bgguhhhu c00fgggf d11fhhhf',
  'e00ehvge f68u8888 g0fhhf1e hgguhhhh i40c444e j20622ic kggikoki lc44444e m00qllll n00uhhhh',
  'o00ehhhe p0uhhugg q0fhhf11 r00moggg s00fge1u t88u8896 u00hhhhf v00hhha4 w00hllla x00ha4ah',
  'y0hhhf1e z00v248v 0ehjlphe 14c4444e 2eh1248v 3eh161he 426aiv22 5vgu11he 6egguhhe 7v124488',
  '8ehhehhe 9ehhf11e _000000v .00000cc /11248gg +044v440 -000v000 ?eh12404 %pp248jj',
].join(' ');
const COLUMNS = 5;
const ROWS = 7;
/** Squares from one letter to the next. */
const ADVANCE = COLUMNS + 1;
const FALLBACK = '?';

const rowsOf: ReadonlyMap<string, readonly number[]> = new Map(
  GLYPHS.split(' ').map((glyph) => [glyph.charAt(0), [...glyph.slice(1)].map((digit) => Number.parseInt(digit, 32))]),
);

/** In pixels, with `scale` pixels a square. */
export function textSize(text: string, scale: number): Size {
  return { width: Math.max(0, lettersOf(text).length * ADVANCE - 1) * scale, height: ROWS * scale };
}

/** What lies outside of the picture is left out. Accents are left out too; what has no letter is a question mark. */
export function drawText(
  image: Image,
  text: string,
  { x, y, scale, colour }: { readonly x: number; readonly y: number; readonly scale: number; readonly colour: Colour },
): void {
  for (const [index, letter] of lettersOf(text).entries()) {
    if (letter === ' ') continue;
    const rows = rowsOf.get(letter) ?? rowsOf.get(FALLBACK) ?? [];
    for (const [row, bits] of rows.entries()) {
      for (let column = 0; column < COLUMNS; column++) {
        if ((bits & (1 << (COLUMNS - 1 - column))) === 0) continue;
        const left = x + (index * ADVANCE + column) * scale;
        const top = y + row * scale;
        fillRectangle(image, { left, top, right: left + scale, bottom: top + scale }, colour);
      }
    }
  }
}

function lettersOf(text: string): string[] {
  return [...text.normalize('NFD').replace(/\p{M}/gu, '')];
}
