/** The only import of opencv-wasm: OpenCV compiled to WebAssembly, one instance a thread. */
import { createRequire } from 'node:module';
import { ServiceError } from '../std/errors.js';

export interface OpenCv {
  /**
   * Contours of a mask by findContours(RETR_TREE, CHAIN_APPROX_SIMPLE): holes and what lies in them count too.
   * @param mask width × height bytes, 0 is black
   */
  countContours(mask: Uint8Array, width: number, height: number): number;
  /** Frees the matrices; no call may follow. */
  close(): void;
}

/** What is used of the package, which types everything as `any`. Each object made has to be deleted. */
interface Cv {
  readonly CV_8UC1: number;
  readonly RETR_TREE: number;
  readonly CHAIN_APPROX_SIMPLE: number;
  readonly Mat: new (rows?: number, columns?: number, type?: number) => Mat;
  readonly MatVector: new () => Deletable & { size(): number };
  findContours(mask: Mat, contours: object, hierarchy: Mat, mode: number, method: number): void;
  exceptionFromPtr(pointer: number): { readonly msg: string };
}

interface Deletable {
  delete(): void;
}

interface Mat extends Deletable {
  readonly rows: number;
  readonly cols: number;
  /** A view into the heap, valid until the next call. */
  readonly data: Uint8Array;
}

/**
 * Loads the library: 0.3 s and, as the heap only grows, for the life of the thread. Matrices are reused.
 */
export function createOpenCv(): OpenCv {
  const cv = loadWithoutHandlers();
  let maskMat = new cv.Mat();
  const hierarchy = new cv.Mat();

  return {
    countContours(mask, width, height) {
      if (mask.length !== width * height) {
        throw new RangeError(`Cannot count contours as the mask must have ${width * height} pixels: ${mask.length}`);
      }
      return guarded(cv, 'findContours', () => {
        if (maskMat.rows !== height || maskMat.cols !== width) {
          maskMat.delete();
          maskMat = new cv.Mat(height, width, cv.CV_8UC1);
        }
        maskMat.data.set(mask);
        const contours = new cv.MatVector();
        try {
          cv.findContours(maskMat, contours, hierarchy, cv.RETR_TREE, cv.CHAIN_APPROX_SIMPLE);
          return contours.size();
        } finally {
          contours.delete();
        }
      });
    },
    close() {
      maskMat.delete();
      hierarchy.delete();
    },
  };
}

/**
 * The package's loader adds handlers that turn any unhandled rejection of the process into its own abort; whatever else
 * fails here must end as this service decides, so they are taken off again.
 */
function loadWithoutHandlers(): Cv {
  const events = ['uncaughtException', 'unhandledRejection'] as const;
  const before = events.map((event) => process.rawListeners(event));
  const require = createRequire(import.meta.url);
  const { cv } = require('opencv-wasm') as { readonly cv: Cv };
  events.forEach((event, i) => {
    for (const listener of process.rawListeners(event)) {
      if (!before[i]?.includes(listener)) process.off(event, listener as (...args: unknown[]) => void);
    }
  });
  return cv;
}

/** C++ exceptions arrive as the number of a pointer. */
function guarded<T>(cv: Cv, what: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    const text = typeof error === 'number' ? cv.exceptionFromPtr(error).msg : String(error);
    throw new ServiceError('ERR_INFERENCE', `Cannot segment the output as OpenCV's ${what} failed: ${text}`, {
      cause: error,
    });
  }
}
