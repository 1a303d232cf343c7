import type { BilinearWeights, WeightCache } from '../bilinear-weights.js';
import type { Image } from '../image.js';
import { chromaSize, neighbours, type Plane, type Planes, roundingOf } from '../planes.js';
import type { Kernels } from './kernels.js';
import type { PixelMemory } from './pixel-memory.js';

/** As `Resizer.resizePlanes`; false when there is no kernel or no room for it, and nothing was done. */
export type SimdPlanesResize = (source: Planes, target: Image) => boolean;

export interface PlanesResizeParts {
  readonly cache: WeightCache;
  /** Of the model's input. */
  readonly width: number;
  /** As `resizeRow3` of kernels.wat reads it; the weights in it are free. */
  readonly row: Int32Array;
}

/** As kernels.wat has them: pixels a step, bytes of their table, and of what a step makes of a row. */
const STEP = 4;
const TABLE_BYTES = 80;
const LINE_BYTES = 24;
const CHROMA_BYTES = 32;
/** Rows of colours that are kept: two rows of a picture lie in four at most. */
const HELD = 4;
/** Samples of colour that are read for the two neighbours that a pixel is made of; more than libjpeg smooths from. */
const READ = 4;

export function createSimdPlanesResize(
  kernels: Kernels,
  { allocate, behind, addressOf }: PixelMemory,
  { cache, width: modelWidth, row }: PlanesResizeParts,
): SimdPlanesResize | undefined {
  const steps = Math.ceil(modelWidth / STEP);
  const table = allocate(TABLE_BYTES * steps);
  const lines = allocate(2 * LINE_BYTES * steps);
  const chromaLines = allocate(HELD * CHROMA_BYTES * steps);
  const constants = allocate(20);
  if (table === undefined || lines === undefined || chromaLines === undefined || constants === undefined) {
    return undefined;
  }
  const view = new DataView(constants.buffer, constants.byteOffset, constants.length);
  for (const [i, value] of [3, 128, 255, -7471, 13172, 0, -11277, 9367].entries()) view.setInt16(2 * i, value, true);
  view.setInt32(16, 1 << 14, true);
  const [upper, lower] = [lines.byteOffset, lines.byteOffset + LINE_BYTES * steps];
  let loaded = '';
  /** Which rows of colours `chromaLines` has. */
  const held = new Int32Array(HELD);

  /** The table of one camera's pictures stays loaded from one to the next. */
  function loadTable(source: Planes, columns: BilinearWeights): void {
    const key = `${source.width} ${source.shared.x} ${source.shared.y} ${columns.first.length}`;
    if (key === loaded) return;
    writeTable(source, columns, table!);
    loaded = key;
  }

  return (source, target) => {
    const { width, height, shared, luma, blue, red } = source;
    const out = addressOf(target.data);
    const chroma = chromaSize(source);
    const isFit = target.width <= modelWidth && chroma.width >= READ;
    const isSameSize = width === target.width && height === target.height;
    if (out === undefined || !isFit || isSameSize) return false;
    const rowOf = rowFinder(source);
    if (rowOf === undefined) return false;
    loadTable(source, cache.columns(width, target.width));
    const rows = cache.rows(height, target.height);
    const count = Math.ceil(target.width / STEP);
    held.fill(-1);
    /** A row of colours at the target's width; those around a row of the picture are next to each other. */
    const chromaLine = (y: number): number => {
      const place = y % HELD;
      const line = chromaLines.byteOffset + place * CHROMA_BYTES * steps;
      if (held[place] === y) return line;
      held[place] = y;
      kernels.chromaRow(rowOf(blue, y, 0), rowOf(red, y, 1), table.byteOffset, constants.byteOffset, count, line);
      return line;
    };
    const makeLine = (y: number, line: number) => {
      const { near, far } = neighbours(y, shared.y, chroma.height);
      const [nearLine, farLine] = [chromaLine(near), chromaLine(far)];
      kernels.planesRow(rowOf(luma, y, 0), nearLine, farLine, table.byteOffset, constants.byteOffset, count, line);
    };
    for (let y = 0; y < target.height; y++) {
      row[0] = rows.firstWeight[y]!;
      row[1] = rows.secondWeight[y]!;
      makeLine(rows.first[y]!, upper);
      makeLine(rows.second[y]!, lower);
      kernels.blendPlanes(upper, lower, row.byteOffset, count, out + y * target.width * 3);
    }
    return true;
  };

  /**
   * Where a row of a plane is: its place in the memory, or that of a copy, in one of two `places`. Undefined where there is no
   * room for copies.
   */
  function rowFinder({ width, luma, blue, red }: Planes) {
    const isInside = [luma, blue, red].every(({ data }) => addressOf(data) !== undefined);
    if (isInside) return ({ data, stride }: Plane, y: number) => data.byteOffset + y * stride;
    const room = behind(2 * width);
    if (room === undefined) return undefined;
    return ({ data, stride }: Plane, y: number, place: number) => {
      room.set(data.subarray(y * stride, y * stride + Math.min(stride, width)), place * width);
      return room.byteOffset + place * width;
    };
  }
}

/** As `planesRow` reads it. */
function writeTable(source: Planes, columns: BilinearWeights, table: Uint8Array): void {
  const { shared } = source;
  const samples = chromaSize(source).width;
  const view = new DataView(table.buffer, table.byteOffset, table.length);
  const { first, firstWeight, secondWeight } = columns;
  const last = first.length - 1;
  for (let at = 0, x = 0; x <= last; at += TABLE_BYTES, x += STEP) {
    for (let lane = 0; lane < STEP; lane++) {
      // Pixels behind the last one are made too: of the same places.
      const i = Math.min(x + lane, last);
      // At the right border the second neighbour lies behind the row, and its weight is 0.
      const start = first[i]!;
      const pair = [start, start + 1].map((column) => ({ column, ...neighbours(column, shared.x, samples) }));
      const from = Math.min(...pair.flatMap(({ near, far }) => [near, far]), samples - READ);
      view.setInt32(at + 4 * lane, start, true);
      view.setInt32(at + 16 + 4 * lane, from, true);
      for (const [k, { column, near, far }] of pair.entries()) {
        const place = 2 * lane + k;
        view.setUint8(at + 32 + place, READ * lane + near - from);
        view.setUint8(at + 40 + place, READ * lane + far - from);
        view.setInt16(at + 48 + 2 * place, roundingOf(column, source), true);
      }
      view.setInt16(at + 64 + 4 * lane, firstWeight[i]!, true);
      view.setInt16(at + 66 + 4 * lane, secondWeight[i]!, true);
    }
  }
}
