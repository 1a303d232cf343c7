import { createPlainPixels } from '../../src/vision/pixels.js';
import { createSimdPixels } from '../../src/vision/simd/simd-pixels.js';
import { pixelsContract } from './pixels.js';

pixelsContract('plain', createPlainPixels);
pixelsContract('WebAssembly SIMD', createSimdPixels);
