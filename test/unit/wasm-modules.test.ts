import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { BASE64_WASM } from '../../src/payload/base64-wasm.js';
import { packageRoot } from '../../src/std/package-root.js';
import { KERNELS_WASM } from '../../src/vision/kernels/kernels-wasm.js';
import { assemble, WASM_MODULES } from '../support/assemble.js';

const written = { KERNELS_WASM, BASE64_WASM };

describe('modules of WebAssembly', () => {
  for (const { text, constant } of WASM_MODULES) {
    it(`${constant} is ${text} assembled: run \`npm run kernels\` after a change`, async () => {
      const source = readFileSync(join(packageRoot, text), 'utf8');
      assert.equal(written[constant], Buffer.from(await assemble(source)).toString('base64'));
    });
  }
});
