import { createSimdPixels } from '../../src/vision/kernels/simd-pixel-ops.js';
import { createPlainPixels } from '../../src/vision/pixel-ops.js';
import { pixelsContract } from './pixels.js';

pixelsContract('plain', createPlainPixels);
pixelsContract('WebAssembly SIMD', createSimdPixels);
