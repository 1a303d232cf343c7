/** findings/README.md lists every finding, and each says what it has seen. They are run by hand: they need the network. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../src/std/package-root.js';
import { readPage } from '../support/doc-commands.js';

const scripts = readdirSync(join(packageRoot, 'findings')).filter((name) => name.endsWith('.sh'));

test('findings/README.md has a row for every finding, and no other', () => {
  const listed = [...readPage('findings/README.md').matchAll(/^\| \[[\w-]+\]\(([\w.-]+)\)/gm)].map(
    ([, name = '']) => name,
  );
  assert.deepEqual(listed.sort(), scripts.sort());
});

for (const name of scripts) {
  test(`findings/${name} says what was seen, works in a folder that it removes, and can fail`, () => {
    const text = readPage(join('findings', name));
    assert.match(text, /^# Seen with .*\d+\.\d+\.\d+/m);
    assert.match(text, /work=\$\(mktemp -d\)\n(?:\w+=\n)?trap '[^\n]*rm -rf "\$work"' EXIT/);
    assert.match(text, /exit 1|sys\.exit\(|process\.exit\(1\)/);
  });
}
