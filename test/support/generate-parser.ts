import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import peggy from 'peggy';
import { packageRoot } from '../../src/std/package-root.js';

const GRAMMAR = 'src/sql/grammar.peggy';
export const PARSER = 'src/sql/parser.ts';

/** Of the generated names one is used. */
const EXPORTS = /export \{[^}]*\};\s*$/;

/** The text of the parser's module. */
export function generateParser(): string {
  const source = peggy.generate(readFileSync(join(packageRoot, GRAMMAR), 'utf8'), {
    output: 'source',
    format: 'es',
    allowedStartRules: ['Select', 'StreamStatement'],
  });
  return `// ${GRAMMAR} as a parser: made by \`npm run grammar\`, never by hand.\n// @ts-nocheck\n${source.replace(EXPORTS, 'export { peg$$parse as parse };\n')}`;
}
