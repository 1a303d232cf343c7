// Assembles src/vision/simd/kernels.wat and writes it as a module of TypeScript, so that neither the build nor a user needs
// the assembler. Run it after a change (`npm run kernels`); a unit test says when that was forgotten.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { assembleKernels } from '../build/test/support/assemble-kernels.js';

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const base64 = Buffer.from(await assembleKernels(readFileSync(at('src/vision/simd/kernels.wat'), 'utf8'))).toString(
  'base64',
);
const lines = base64.match(/.{1,100}/g).map((line) => `  '${line}'`);
writeFileSync(
  at('src/vision/simd/kernels-wasm.ts'),
  `/** kernels.wat assembled, as base64: made by \`npm run kernels\`, never by hand. */\nexport const KERNELS_WASM = [\n${lines.join(',\n')},\n].join('');\n`,
);
