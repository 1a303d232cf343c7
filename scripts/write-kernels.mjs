// Assembles the modules in WebAssembly's text format and writes them as modules of TypeScript, so that neither the build nor a
// user needs the assembler. Run it after a change (`npm run kernels`); a unit test says when that was forgotten.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { assemble, WASM_MODULES } from '../build/test/support/assemble.js';

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
for (const { text, module, constant } of WASM_MODULES) {
  const base64 = Buffer.from(await assemble(readFileSync(at(text), 'utf8'))).toString('base64');
  const lines = base64.match(/.{1,100}/g).map((line) => `  '${line}'`);
  writeFileSync(
    at(module),
    `/** ${text} assembled, as base64: made by \`npm run kernels\`, never by hand. */\nexport const ${constant} = [\n${lines.join(',\n')},\n].join('');\n`,
  );
}
