// Writes what is made from the code: of the configuration's schema the JSON Schema, the example file and the table in the docs, and the
// OpenAPI document of REST. Run it after a change of a key or a call (`npm run docs`); the docs tests say when that was forgotten.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createJsonSchema } from '../build/src/config/describe.js';
import { createOpenApi } from '../build/test/support/rest-openapi.js';
import { configurationTable, exampleYaml, TABLE_END, TABLE_START } from '../build/test/support/config-docs.js';

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
writeFileSync(at('config/flawline.schema.json'), `${JSON.stringify(createJsonSchema(), null, 2)}\n`);
writeFileSync(at('config/flawline.example.yaml'), exampleYaml());
writeFileSync(at('docs/rest.openapi.json'), `${JSON.stringify(createOpenApi(), null, 2)}\n`);

const page = readFileSync(at('docs/configuration.md'), 'utf8');
const [before, rest] = page.split(TABLE_START);
const after = rest.split(TABLE_END)[1];
writeFileSync(at('docs/configuration.md'), `${before}${TABLE_START}\n${configurationTable()}\n${TABLE_END}${after}`);
