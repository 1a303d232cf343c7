// Makes the parser of SQL out of its grammar, so that neither the build nor a user needs the generator. Run it after a change
// (`npm run grammar`); a unit test says when that was forgotten.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { generateParser, PARSER } from '../build/test/support/generate-parser.js';

writeFileSync(fileURLToPath(new URL(`../${PARSER}`, import.meta.url)), generateParser());
