/** OpenCV's own `resize`, compiled to WebAssembly: the reference that ours is compared with. */
import { createRequire } from 'node:module';
import type { Image } from '../../../src/vision/image.js';

interface Mat {
  readonly data: Uint8Array;
  delete(): void;
}

interface Cv {
  readonly CV_8UC1: number;
  readonly CV_8UC3: number;
  readonly INTER_LINEAR: number;
  readonly Mat: new (rows?: number, columns?: number, type?: number) => Mat;
  readonly Size: new (width: number, height: number) => object;
  resize(source: Mat, target: Mat, size: object, fx: number, fy: number, interpolation: number): void;
}

/** Resizes `source` to the size of `target`, into it, with INTER_LINEAR. */
export function createOpenCvResize(): (source: Image, target: Image) => void {
  const { cv } = createRequire(import.meta.url)('opencv-wasm') as { readonly cv: Cv };
  return (source, target) => {
    const from = new cv.Mat(source.height, source.width, source.channels === 1 ? cv.CV_8UC1 : cv.CV_8UC3);
    const to = new cv.Mat();
    try {
      from.data.set(source.data.subarray(0, source.width * source.height * source.channels));
      cv.resize(from, to, new cv.Size(target.width, target.height), 0, 0, cv.INTER_LINEAR);
      target.data.set(to.data);
    } finally {
      from.delete();
      to.delete();
    }
  };
}
