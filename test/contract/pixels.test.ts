import { createSimdPixelOps } from '../../src/vision/kernels/simd-pixel-ops.js';
import { createPlainPixelOps } from '../../src/vision/pixel-ops.js';
import { planesContract } from './pixel-planes.js';
import { tensorsContract } from './pixel-tensors.js';
import { pixelsContract } from './pixels.js';

pixelsContract('plain', createPlainPixelOps);
pixelsContract('WebAssembly SIMD', createSimdPixelOps);
planesContract('plain', createPlainPixelOps);
planesContract('WebAssembly SIMD', createSimdPixelOps);
tensorsContract('plain', createPlainPixelOps);
tensorsContract('WebAssembly SIMD', createSimdPixelOps);
