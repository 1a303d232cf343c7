/**
 * Pillow's bilinear resize, which looks at every pixel that a smaller one covers; OpenCV's looks at two by two of them.
 */
import type { Rectangle, Size } from '../domain/size.js';
import type { Image } from './image.js';

/** Weights of one axis: pixel i of the target is the sum of `length[i]` pixels of the source from `start[i]` on. */
export interface AntialiasedAxis {
  readonly start: Int32Array;
  readonly length: Int32Array;
  /** `size` numbers for each pixel, in 1/2^22, zeros behind the last. */
  readonly weights: Int32Array;
  readonly size: number;
}

export const PRECISION_BITS = 22;
const HALF = 1 << (PRECISION_BITS - 1);

/** As Pillow: the larger the picture is to the target, the more pixels count, the nearer the more. */
export function antialiasedAxis(from: number, to: number): AntialiasedAxis {
  const scale = from / to;
  const reach = Math.max(scale, 1);
  const perPixel = 1 / reach; // a division in its place rounds otherwise than Pillow
  const size = Math.ceil(reach) * 2 + 1;
  const [start, length] = [new Int32Array(to), new Int32Array(to)];
  const weights = new Int32Array(to * size);
  for (let i = 0; i < to; i++) {
    const centre = (i + 0.5) * scale;
    const first = Math.max(Math.trunc(centre - reach + 0.5), 0);
    const end = Math.min(Math.trunc(centre + reach + 0.5), from);
    const raw = Array.from({ length: end - first }, (_, k) =>
      Math.max(1 - Math.abs((k + first - centre + 0.5) * perPixel), 0),
    );
    const sum = raw.reduce((total, weight) => total + weight, 0);
    for (const [k, weight] of raw.entries()) {
      weights[i * size + k] = Math.trunc(0.5 + (weight / sum) * 2 ** PRECISION_BITS);
    }
    start[i] = first;
    length[i] = end - first;
  }
  return { start, length, weights, size };
}

/** Keeps what it made for the last size of pictures: a camera has one. */
export interface AntialiasedResizer {
  /**
   * The picture at size `scaled`, of which `target` gets the part `crop`. Both have the same number of channels and do not share
   * memory.
   * @see ImagingResample of Pillow: along rows first, rounded to bytes, then along columns
   */
  resize(source: Image, scaled: Size, crop: Rectangle, target: Image): void;
}

export function createAntialiasedResizer(): AntialiasedResizer {
  let made = '';
  let columns = antialiasedAxis(1, 1);
  let rows = antialiasedAxis(1, 1);
  let between = new Uint8Array(0);
  return {
    resize(source, scaled, crop, target) {
      const key = `${source.width}×${source.height} ${scaled.width}×${scaled.height}`;
      if (key !== made) {
        columns = antialiasedAxis(source.width, scaled.width);
        rows = antialiasedAxis(source.height, scaled.height);
        made = key;
      }
      const { channels } = source;
      const rowLength = crop.width * channels;
      if (between.length < source.height * rowLength) between = new Uint8Array(source.height * rowLength);
      const top = rows.start[crop.y]!;
      const last = crop.y + crop.height - 1;
      const bottom = rows.start[last]! + rows.length[last]!;
      for (let y = top; y < bottom; y++) {
        alongRow(source, y * source.width * channels, { columns, crop, out: between, at: y * rowLength });
      }
      for (let y = 0; y < crop.height; y++) {
        downColumns(between, rowLength, { rows, row: crop.y + y, out: target.data, at: y * rowLength });
      }
    },
  };
}

interface RowTarget {
  readonly columns: AntialiasedAxis;
  readonly crop: Rectangle;
  readonly out: Uint8Array;
  readonly at: number;
}

function alongRow({ data, channels }: Image, from: number, { columns, crop, out, at }: RowTarget): void {
  const { start, length, weights, size } = columns;
  for (let x = 0, o = at; x < crop.width; x++) {
    const column = crop.x + x;
    const first = from + start[column]! * channels;
    const count = length[column]!;
    for (let channel = 0; channel < channels; channel++) {
      let sum = HALF;
      for (let k = 0; k < count; k++) {
        sum += data[first + k * channels + channel]! * weights[column * size + k]!;
      }
      out[o++] = sum >> PRECISION_BITS;
    }
  }
}

interface ColumnTarget {
  readonly rows: AntialiasedAxis;
  readonly row: number;
  readonly out: Uint8Array;
  readonly at: number;
}

function downColumns(data: Uint8Array, rowLength: number, { rows, row, out, at }: ColumnTarget): void {
  const first = rows.start[row]! * rowLength;
  const count = rows.length[row]!;
  const weights = row * rows.size;
  for (let i = 0; i < rowLength; i++) {
    let sum = HALF;
    for (let k = 0; k < count; k++) {
      sum += data[first + k * rowLength + i]! * rows.weights[weights + k]!;
    }
    out[at + i] = sum >> PRECISION_BITS;
  }
}
