/** Objects drawn on a picture as detectors' own tools do: tinted masks, boxes, and a label with name and score. */
import type { Region } from '../domain/measures.js';
import type { Size } from '../domain/size.js';
import { type Colour, copyAsColour, drawText, fillRectangle, lineWidthFor, textSize } from './draw.js';
import type { Image } from './image.js';

export interface ObjectMarks {
  /** With class and score, the most certain first; in pixels of the picture. */
  readonly regions: readonly Region[];
  /** Whether pixel (x, y) of the picture belongs to the object; absent: there are no masks. */
  readonly maskOf?: (index: number) => (x: number, y: number) => boolean;
}

/** Far from each other and from metal, and legible under black or white letters. Classes take them in turn. */
const PALETTE: readonly Colour[] = [
  [51, 194, 255],
  [219, 112, 72],
  [102, 60, 230],
  [80, 200, 120],
  [214, 90, 190],
  [200, 190, 40],
  [60, 130, 245],
  [150, 120, 255],
];
const BLACK: Colour = [0, 0, 0];
const WHITE: Colour = [255, 255, 255];
/** Of the picture's longer side; a square of a letter has this fraction, at least one pixel. */
const LETTER_FRACTION = 1 / 640;
/** Squares around the letters. */
const PADDING = 2;

/**
 * @param out of the picture's size, three channels (B, G, R)
 * @throws {RangeError} when its size does not fit
 */
export function writeObjectOverlay(picture: Image, { regions, maskOf }: ObjectMarks, out: Image): void {
  if (out.width !== picture.width || out.height !== picture.height || out.channels !== 3) {
    throw new RangeError(
      `Cannot write the overlay as it must be ${picture.width}×${picture.height}×3: it is ${out.width}×${out.height}×${out.channels}`,
    );
  }
  copyAsColour(picture, out.data);
  const colours = coloursByClass(regions);
  const line = lineWidthFor(picture);
  const scale = letterScale(picture);
  const backwards = regions.map((region, index) => ({ region, index })).reverse(); // the most certain end on top
  for (const { region, index } of backwards) {
    if (maskOf !== undefined) tint(out, region, maskOf(index), colourOf(region, colours));
  }
  for (const { region } of backwards) drawBox(out, region, line, colourOf(region, colours));
  for (const { region } of backwards) drawLabel(out, region, scale, colourOf(region, colours));
}

function coloursByClass(regions: readonly Region[]): ReadonlyMap<string, Colour> {
  const names = [...new Set(regions.map((region) => region.class ?? ''))].sort();
  return new Map(names.map((name, index) => [name, PALETTE[index % PALETTE.length] ?? WHITE]));
}

function colourOf(region: Region, colours: ReadonlyMap<string, Colour>): Colour {
  return colours.get(region.class ?? '') ?? WHITE;
}

/** Half the picture, half the colour. A mask may reach a little beyond its box. */
function tint(out: Image, region: Region, isInside: (x: number, y: number) => boolean, colour: Colour): void {
  const [marginX, marginY] = [1 + Math.ceil(region.width / 20), 1 + Math.ceil(region.height / 20)];
  const right = Math.min(out.width, region.x + region.width + marginX);
  const bottom = Math.min(out.height, region.y + region.height + marginY);
  for (let y = Math.max(0, region.y - marginY); y < bottom; y++) {
    for (let x = Math.max(0, region.x - marginX); x < right; x++) {
      if (!isInside(x, y)) continue;
      const at = 3 * (y * out.width + x);
      for (let channel = 0; channel < 3; channel++) {
        out.data[at + channel] = (out.data[at + channel]! + colour[channel]!) >> 1;
      }
    }
  }
}

function drawBox(out: Image, { x, y, width, height }: Region, line: number, colour: Colour): void {
  const [left, top, right, bottom] = [x - line, y - line, x + width + line, y + height + line];
  fillRectangle(out, { left, top, right, bottom: y }, colour);
  fillRectangle(out, { left, top: y + height, right, bottom }, colour);
  fillRectangle(out, { left, top, right: x, bottom }, colour);
  fillRectangle(out, { left: x + width, top, right, bottom }, colour);
}

/** What is said of the whole picture, a line each, in its upper left corner; `out` as above. */
export function writeCaptions(picture: Image, captions: readonly string[], out: Image): void {
  copyAsColour(picture, out.data);
  const scale = letterScale(picture);
  for (const [index, text] of captions.entries()) {
    const size = plateSize(text, scale);
    drawPlate(out, { x: 0, y: index * size.height, text, scale, colour: PALETTE[index % PALETTE.length] ?? WHITE });
  }
}

/** Above the box, or in its upper corner where the picture ends; never beyond the picture's right border. */
function drawLabel(out: Image, region: Region, scale: number, colour: Colour): void {
  const { class: name = '', score = 0 } = region;
  const text = `${name} ${score.toFixed(2)}`;
  const { width, height } = plateSize(text, scale);
  const x = Math.max(0, Math.min(region.x, out.width - width));
  const y = region.y >= height ? region.y - height : region.y;
  drawPlate(out, { x, y, text, scale, colour });
}

function letterScale({ width, height }: Image): number {
  return Math.max(1, Math.round(Math.max(width, height) * LETTER_FRACTION));
}

function plateSize(text: string, scale: number): Size {
  const { width, height } = textSize(text, scale);
  return { width: width + 2 * PADDING * scale, height: height + 2 * PADDING * scale };
}

interface Plate {
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly scale: number;
  readonly colour: Colour;
}

/** Letters on their colour, black or white, whichever is easier to read. */
function drawPlate(out: Image, { x, y, text, scale, colour }: Plate): void {
  const { width, height } = plateSize(text, scale);
  fillRectangle(out, { left: x, top: y, right: x + width, bottom: y + height }, colour);
  const [blue, green, red] = colour;
  const isBright = 0.114 * blue + 0.587 * green + 0.299 * red > 140;
  drawText(out, text, { x: x + PADDING * scale, y: y + PADDING * scale, scale, colour: isBright ? BLACK : WHITE });
}
