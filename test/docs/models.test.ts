import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseManifest } from '../../src/model/manifest.js';
import { packageRoot } from '../../src/package-root.js';

const page = readFileSync(join(packageRoot, 'docs/models.md'), 'utf8');

test('docs/models.md shows a model.json that is right and has no unknown field', () => {
  const example = /```json\n([^`]*)```/.exec(page)?.[1] ?? '';
  const { faults, unknown } = parseManifest(example);
  assert.deepEqual([faults, unknown], [[], []]);
});
