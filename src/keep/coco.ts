/** Judged pictures as COCO: one category, an annotation for each 8-connected white region of a mask. Pure. */
import type { Size } from '../domain/size.js';
import type { Mask } from '../imaging/mask-png.js';

/** Lengths of black and white runs in turn, black first, down the columns. */
export interface RunLengths {
  readonly counts: readonly number[];
  readonly size: readonly [height: number, width: number];
}

export interface CocoAnnotation {
  readonly id: number;
  readonly image_id: number;
  readonly category_id: number;
  /** x, y, width, height. */
  readonly bbox: readonly [number, number, number, number];
  readonly area: number;
  readonly iscrowd: 0;
  readonly segmentation: RunLengths;
}

export interface Coco {
  readonly images: readonly (Size & { readonly id: number; readonly file_name: string })[];
  readonly categories: readonly { readonly id: number; readonly name: string }[];
  readonly annotations: readonly CocoAnnotation[];
}

const CATEGORY = { id: 1, name: 'defect' };

/** @see https://cocodataset.org/#format-data, with uncompressed run lengths */
export function createCoco() {
  const images: Coco['images'][number][] = [];
  const annotations: CocoAnnotation[] = [];
  return {
    add(fileName: string, mask: Mask): void {
      const { width, height } = mask;
      const image = { id: images.length + 1, file_name: fileName, width, height };
      images.push(image);
      for (const { pixels, box } of regionsOf(mask)) {
        annotations.push({
          id: annotations.length + 1,
          image_id: image.id,
          category_id: CATEGORY.id,
          bbox: box,
          area: pixels.length,
          iscrowd: 0,
          segmentation: { counts: runsOf(pixels, mask), size: [height, width] },
        });
      }
    },
    result: (): Coco => ({ images, categories: [CATEGORY], annotations }),
  };
}

interface MaskRegion {
  /** Places of its pixels, row by row. */
  readonly pixels: readonly number[];
  readonly box: CocoAnnotation['bbox'];
}

/** 8-connected white regions in reading order. */
function regionsOf({ data, width, height }: Mask): readonly MaskRegion[] {
  const isSeen = new Uint8Array(width * height);
  const regions: MaskRegion[] = [];
  for (let start = 0; start < data.length; start++) {
    if (data[start] === 0 || isSeen[start] === 1) continue;
    const pixels = [start];
    isSeen[start] = 1;
    let [left, right, top, bottom] = [width, 0, height, 0];
    for (let next = 0; next < pixels.length; next++) {
      const at = pixels[next] ?? 0;
      const [x, y] = [at % width, Math.floor(at / width)];
      [left, right, top, bottom] = [Math.min(left, x), Math.max(right, x), Math.min(top, y), Math.max(bottom, y)];
      for (let row = Math.max(0, y - 1); row <= Math.min(height - 1, y + 1); row++) {
        for (let column = Math.max(0, x - 1); column <= Math.min(width - 1, x + 1); column++) {
          const neighbour = row * width + column;
          if (data[neighbour] === 0 || isSeen[neighbour] === 1) continue;
          isSeen[neighbour] = 1;
          pixels.push(neighbour);
        }
      }
    }
    regions.push({ pixels, box: [left, top, right - left + 1, bottom - top + 1] });
  }
  return regions;
}

function runsOf(pixels: readonly number[], { width, height }: Size): readonly number[] {
  const places = pixels.map((at) => (at % width) * height + Math.floor(at / width)).sort((a, b) => a - b);
  const counts: number[] = [];
  let end = 0;
  for (let i = 0; i < places.length; ) {
    const start = places[i] ?? 0;
    let length = 1;
    while (places[i + length] === start + length) length++;
    counts.push(start - end, length);
    end = start + length;
    i += length;
  }
  return end < width * height ? [...counts, width * height - end] : counts;
}
