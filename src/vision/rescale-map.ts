/** A map of numbers at another size. */
import type { Size } from '../domain/size.js';
import { samplePositions } from './bilinear-weights.js';

/** Writes one map at `to`'s size into `out`; both lie row by row. */
export type MapRescaler = (map: Float32Array, out: Float32Array) => void;

/**
 * As OpenCV's `resize` of a float32 array with INTER_LINEAR: weights and sums in 32 bits, first along rows, then along
 * columns. A library that multiplies and adds in one step differs in the last bit.
 * @see modules/imgproc/src/resize.cpp of OpenCV 4: HResizeLinear, VResizeLinear<float, …>
 */
export function createMapRescaler(from: Size, to: Size): MapRescaler {
  const columns = mapWeights(from.width, to.width);
  const rows = mapWeights(from.height, to.height);
  const upper = new Float32Array(to.width);
  const lower = new Float32Array(to.width);
  return (map, out) => {
    for (let y = 0, o = 0; y < to.height; y++) {
      blendRow(map, rows.first[y]! * from.width, columns, upper);
      blendRow(map, rows.second[y]! * from.width, columns, lower);
      const a = rows.firstWeight[y]!;
      const b = rows.secondWeight[y]!;
      for (let x = 0; x < to.width; x++) {
        out[o++] = Math.fround(upper[x]! * a) + Math.fround(lower[x]! * b);
      }
    }
  };
}

/** As OpenCV's `resize` with INTER_NEAREST: for maps of class numbers, between which nothing lies. */
export function createNearestRescaler(from: Size, to: Size): MapRescaler {
  const nearest = (length: number, target: number) =>
    Int32Array.from({ length: target }, (_, i) => Math.min(Math.floor(i * (length / target)), length - 1));
  const columns = nearest(from.width, to.width);
  const rows = nearest(from.height, to.height);
  return (map, out) => {
    let o = 0;
    for (const y of rows) for (const x of columns) out[o++] = map[y * from.width + x]!;
  };
}

interface MapWeights {
  readonly first: Int32Array;
  readonly second: Int32Array;
  readonly firstWeight: Float32Array;
  readonly secondWeight: Float32Array;
}

function mapWeights(from: number, to: number): MapWeights {
  const { first, second, fraction } = samplePositions(from, to);
  const secondWeight = fraction.map((part, i) => (first[i] === second[i] ? 0 : part));
  return { first, second, firstWeight: secondWeight.map((weight) => 1 - weight), secondWeight };
}

function blendRow(map: Float32Array, base: number, columns: MapWeights, out: Float32Array): void {
  const { first, second, firstWeight, secondWeight } = columns;
  for (let x = 0; x < out.length; x++) {
    const a = Math.fround(map[base + first[x]!]! * firstWeight[x]!);
    const b = Math.fround(map[base + second[x]!]! * secondWeight[x]!);
    out[x] = a + b;
  }
}
