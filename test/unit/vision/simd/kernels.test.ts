import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { packageRoot } from '../../../../src/package-root.js';
import { KERNELS_WASM } from '../../../../src/vision/simd/kernels-wasm.js';
import { assembleKernels } from '../../../support/assemble-kernels.js';

describe('KERNELS_WASM', () => {
  it('is kernels.wat assembled: run `npm run kernels` after a change', async () => {
    const text = readFileSync(join(packageRoot, 'src/vision/simd/kernels.wat'), 'utf8');
    assert.equal(KERNELS_WASM, Buffer.from(await assembleKernels(text)).toString('base64'));
  });
});
