import { createSimdPixels } from './kernels/simd-pixel-ops.js';
import type { Pixels } from './pixel-ops.js';
import { createPlainPixels } from './pixel-ops.js';

/** The fastest pixels that this machine can do. @param model size of the model's input */
export function createPixels(model: { readonly width: number; readonly height: number }): Pixels {
  try {
    return createSimdPixels(model);
  } catch {
    return createPlainPixels(); // a CPU without SSE 4.1, or a limited address space: the results are the same
  }
}
