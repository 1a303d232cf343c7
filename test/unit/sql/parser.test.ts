import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../../src/std/package-root.js';
import { generateParser, PARSER } from '../../support/generate-parser.js';

test('the parser is made of the grammar: run `npm run grammar` after a change', () => {
  assert.ok(readFileSync(join(packageRoot, PARSER), 'utf8') === generateParser());
});
