/**
 * The ways in which an output's numbers can be maps of the input, by its shape alone. Rows of boxes, scores and
 * tokens have a shape too: what has neither the input's size nor its proportions is no map, whatever else it may be.
 * Pure.
 */
import type { Size } from '../domain/size.js';
import type { Layout, Port } from '../engine/engine.js';
import { layoutOf, sizeOf } from '../engine/ports.js';

export interface MapReading {
  readonly channels: number;
  /** The size of one channel. */
  readonly size: Size;
  /** How several channels lie: a whole map after the other, or side by side at each pixel. */
  readonly layout: Layout;
  /** Height and width are one dimension. */
  readonly isFlattened: boolean;
}

/**
 * Strides that heads with height and width in one dimension have. Smaller maps are left out on purpose: 100 boxes
 * would be a map of 10 × 10, and no number of boxes that detectors give is that of these strides.
 */
const FLATTENED_STRIDES = [1, 2, 4];
const MAX_FLATTENED_CHANNELS = 1000;

/** The likelier first; empty: the output is no map of the input. */
export function readingsOf({ shape }: Port, input: Port): readonly MapReading[] {
  if (shape.some((size) => size < 1)) return []; // what depends on the picture is a list
  const whole = sizeOf(input);
  const [, a = 0, b = 0, c = 0] = shape;
  if (shape.length === 2) return [single(shape[0] ?? 0, a)].filter(({ size }) => isSame(size, whole));
  if (shape.length === 3) {
    const asItIs = [single(a, b)].filter(({ size }) => isMapOf(size, whole) && isWithin(size, whole));
    return asItIs.length > 0 ? asItIs : [...flattened(a, b, 'NHWC', whole), ...flattened(b, a, 'NCHW', whole)];
  }
  return ofFourDimensions([a, b, c], layoutOf(input)).filter(({ size }) => isMapOf(size, whole));
}

function ofFourDimensions([a, b, c]: readonly [number, number, number], own: Layout | undefined): MapReading[] {
  if (a === 1) return [single(b, c)];
  if (c === 1) return [single(a, b)];
  const first: MapReading = { channels: a, size: { height: b, width: c }, layout: 'NCHW', isFlattened: false };
  const last: MapReading = { channels: c, size: { height: a, width: b }, layout: 'NHWC', isFlattened: false };
  return own === 'NHWC' ? [last, first] : [first, last];
}

function single(height: number, width: number): MapReading {
  return { channels: 1, size: { height, width }, layout: 'NCHW', isFlattened: false };
}

function flattened(pixels: number, channels: number, layout: Layout, whole: Size): MapReading[] {
  if (channels > MAX_FLATTENED_CHANNELS) return [];
  return FLATTENED_STRIDES.map((stride) => ({ height: whole.height / stride, width: whole.width / stride }))
    .filter(({ height, width }) => Number.isInteger(height) && Number.isInteger(width) && height * width === pixels)
    .filter((size) => isMapOf(size, whole))
    .map((size) => ({ channels, size, layout, isFlattened: true }));
}

/** True for the input's size, and for its proportions where the map is large enough to be one. */
function isMapOf(size: Size, whole: Size): boolean {
  return isSame(size, whole) || (size.width > 1 && size.height > 1 && hasProportionsOf(size, whole));
}

/** True when both sides are the input's, divided by one number and each rounded up or down, as strides leave them. */
function hasProportionsOf({ width, height }: Size, whole: Size): boolean {
  if (whole.width === whole.height) return width === height;
  return Math.abs(height / whole.height - width / whole.width) < 1 / whole.height + 1 / whole.width;
}

function isWithin({ width, height }: Size, whole: Size): boolean {
  return width <= whole.width && height <= whole.height;
}

export function isSame(a: Size, b: Size): boolean {
  return a.width === b.width && a.height === b.height;
}
