/** Pictures as JPEGs have them: brightness of every pixel, colours perhaps of two or four together. */
import type { Size } from '../domain/size.js';

/** 8-bit Y, Cb, Cr in planes of their own. */
export interface Planes extends Size {
  /** How many pixels share a sample of colour, side by side and one above the other. */
  readonly shared: { readonly x: 1 | 2; readonly y: 1 | 2 };
  readonly luma: Plane;
  readonly blue: Plane;
  readonly red: Plane;
}

/** Rows of samples, from the top: those of luma as wide as the picture, those of blue and red of `chromaSize`. */
export interface Plane {
  readonly data: Uint8Array;
  /** From one row to the next, in bytes; at least the plane's width. */
  readonly stride: number;
}

export function isPlanes<Other extends object>(picture: Planes | Other): picture is Planes {
  return 'luma' in picture;
}

/** Samples of colour of each of both planes. */
export function chromaSize({ width, height, shared }: Pick<Planes, 'width' | 'height' | 'shared'>): Size {
  return { width: Math.ceil(width / shared.x), height: Math.ceil(height / shared.y) };
}

/** The sample of colour that is nearest to a row or column of the picture, and the one next to it, the same at a border. */
export interface Neighbours {
  readonly near: number;
  readonly far: number;
}

/**
 * @param shared pixels a sample
 * @param samples in the plane, along that axis
 */
export function neighbours(position: number, shared: 1 | 2, samples: number): Neighbours {
  if (shared === 1) return { near: position, far: position };
  const near = position >> 1;
  return { near, far: position % 2 === 0 ? Math.max(near - 1, 0) : Math.min(near + 1, samples - 1) };
}

/** What is added before a pixel's 1/16 is taken: libjpeg rounds up and down by turns. */
export function roundingOf(x: number, { shared }: Pick<Planes, 'shared'>): number {
  if (shared.x === 1) return 0;
  if (shared.y === 1) return x % 2 === 0 ? 4 : 8;
  return x % 2 === 0 ? 8 : 7;
}

/** libjpeg repeats the samples of a plane that is narrower than this, and smooths those of others. */
const MIN_SMOOTHED_WIDTH = 3;

/**
 * One row of the picture as B, G, R, every byte as libjpeg makes it: three quarters of a colour are the nearest sample's, one
 * quarter the next one's, along each axis that shares samples; then the conversion of JFIF in 1/65536.
 * @param shared 1 × 1, 2 × 1 or 2 × 2 pixels a sample
 * @param out 3 × width bytes
 * @see h2v1_fancy_upsample and h2v2_fancy_upsample of libjpeg's jdsample.c, ycc_rgb_convert of jdcolor.c
 */
export function writeBgrRow(planes: Planes, y: number, out: Uint8Array): void {
  const { width, shared, luma } = planes;
  const size = chromaSize(planes);
  const { near, far } = neighbours(y, shared.y, size.height);
  const isSmoothed = shared.x === 2 && size.width >= MIN_SMOOTHED_WIDTH;
  for (let x = 0; x < width; x++) {
    const column = neighbours(x, shared.x, size.width);
    const rounding = roundingOf(x, planes);
    const colour = ({ data, stride }: Plane): number => {
      const sum = (at: number) => 3 * data[near * stride + at]! + data[far * stride + at]!;
      if (!isSmoothed) return data[near * stride + column.near]! - 128;
      return ((3 * sum(column.near) + sum(column.far) + rounding) >> 4) - 128;
    };
    const [level, blue, red] = [luma.data[y * luma.stride + x]!, colour(planes.blue), colour(planes.red)];
    out[3 * x] = clamp(level + ((116130 * blue + HALF) >> 16));
    out[3 * x + 1] = clamp(level + ((-22554 * blue - 46802 * red + HALF) >> 16));
    out[3 * x + 2] = clamp(level + ((91881 * red + HALF) >> 16));
  }
}

const HALF = 1 << 15;

function clamp(value: number): number {
  return Math.min(Math.max(value, 0), 255);
}
