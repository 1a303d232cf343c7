/** The layers of docs/architecture.md are those of biome.json, and each rule can fail: every forbidden import is tried once. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../src/std/package-root.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';

interface Pattern {
  readonly group: readonly string[];
}
interface Override {
  readonly includes: readonly string[];
  readonly linter: {
    readonly rules: {
      readonly style: { readonly noRestrictedImports?: { readonly options: { readonly patterns: Pattern[] } } };
    };
  };
}
interface Diagnostic {
  readonly category: string;
  readonly location: { readonly path: string; readonly start: { readonly line: number } };
}

/** What a folder may see of another although its layer would allow more. */
const DOORS: Readonly<Record<string, readonly string[]>> = {
  pool: ['**/worker/**', '!**/worker/protocol/**'],
  quarantine: ['**/worker/**', '!**/worker/protocol/**'],
  mqtt: ['**/pipeline/**', '!**/pipeline/ports.js'],
  http: ['**/pipeline/**', '!**/pipeline/ports.js'],
};
const ENTRY = '**/cli.js';

const page = readFileSync(join(packageRoot, 'docs/architecture.md'), 'utf8');
const layers = [...page.matchAll(/^\| (\d+) \| `src\/(\w+)\/`/gm)].map(([, layer, folder = '']) => ({
  folder,
  layer: Number(layer),
}));
const { overrides } = JSON.parse(readFileSync(join(packageRoot, 'biome.json'), 'utf8')) as { overrides: Override[] };
const groupsOf = new Map(
  overrides.flatMap(({ includes, linter }) => {
    const imports = linter.rules.style.noRestrictedImports;
    if (imports === undefined) return [];
    const folder = (includes[0] ?? '').replace(/^src\/(\w+)\/\*\*$/, '$1');
    return [[folder, imports.options.patterns.map(({ group }) => group)] as const];
  }),
);

/** The groups of patterns that the table asks of a folder's rule. */
function expectedGroups(folder: string, layer: number): readonly (readonly string[])[] {
  const others = layers.filter((other) => other.folder !== folder && other.layer >= layer);
  const door = DOORS[folder];
  return [[...others.map((other) => `**/${other.folder}/**`), ENTRY], ...(door === undefined ? [] : [door])];
}

/** What the linter, with the rules of biome.json, says of these files. */
async function lint(files: Readonly<Record<string, string>>): Promise<readonly Diagnostic[]> {
  await using folder = await makeTemporaryFolder();
  await folder.write('biome.json', readFileSync(join(packageRoot, 'biome.json')));
  for (const [name, text] of Object.entries(files)) await folder.write(name, text);
  const biome = join(packageRoot, 'node_modules/.bin/biome');
  const args = ['lint', '--reporter=json', '--max-diagnostics=none', '.'];
  const { stdout, stderr } = spawnSync(biome, args, { cwd: folder.path, encoding: 'utf8', maxBuffer: 2 ** 26 });
  assert.ok(stdout.startsWith('{'), stderr);
  return (JSON.parse(stdout) as { diagnostics: Diagnostic[] }).diagnostics;
}

/** A line that imports `path`: by turns as a type, as something exported again, and at run time. */
function importOf(path: string, number: number): string {
  const forms = [`import type { A${number} } from '${path}';`, `export * from '${path}';`, `await import('${path}');`];
  return forms[number % forms.length] ?? '';
}

test('every folder of src is in the table of layers, and no other', () => {
  const folders = readdirSync(join(packageRoot, 'src'), { withFileTypes: true });
  assert.deepEqual(
    layers.map(({ folder }) => folder).sort(),
    folders.filter((entry) => entry.isDirectory() && entry.name !== 'web').map((entry) => entry.name),
  );
});

for (const { folder, layer } of layers) {
  test(`biome.json forbids src/${folder} what docs/architecture.md does`, () => {
    const sorted = (groups: readonly (readonly string[])[]) => groups.map((group) => [...group].sort());
    assert.deepEqual(sorted(groupsOf.get(folder) ?? []), sorted(expectedGroups(folder, layer)));
  });
}

test('each rule complains of each import that it forbids', async () => {
  const expected: string[] = [];
  const files: Record<string, string> = {};
  const breakIn = (folder: string, forbidden: readonly string[]) => {
    const name = `src/${folder}/broken.ts`;
    files[name] = `${forbidden.map(importOf).join('\n')}\n`;
    expected.push(...forbidden.map((path, index) => `${name}:${index + 1} ${path}`));
  };
  for (const { folder, layer } of layers) {
    const others = layers.filter((other) => other.folder !== folder && other.layer >= layer);
    const door = DOORS[folder]?.[0]?.replaceAll('**/', '../').replace('/../', '/inside.js');
    breakIn(folder, [...others.map((other) => `../${other.folder}/a.js`), '../cli.js', ...(door ? [door] : [])]);
  }
  breakIn('web', ['../std/a.js']);
  const found = new Set(
    (await lint(files))
      .filter(({ category }) => category === 'lint/style/noRestrictedImports')
      .map(({ location }) => `${location.path}:${location.start.line}`),
  );
  assert.ok(expected.length > 200);
  assert.deepEqual(
    expected.filter((line) => !found.has(line.replace(/ .*/, ''))),
    [],
  );
});

test('no rule complains of an import that the table allows', async () => {
  const files: Record<string, string> = {};
  for (const { folder, layer } of layers) {
    const lower = layers.filter((other) => other.layer < layer).map((other) => `../${other.folder}/protocol/ports.js`);
    const seen = lower.map((path) => path.replace('../pipeline/protocol/', '../pipeline/'));
    files[`src/${folder}/allowed.ts`] = `${seen.map((path) => `import '${path}';`).join('\n')}\n`;
  }
  const wrong = (await lint(files)).filter(({ category }) => category === 'lint/style/noRestrictedImports');
  assert.deepEqual(wrong, []);
});

test('a circle of files is found, also when all its imports are of types', async () => {
  const found = await lint({
    'src/std/a.ts': "import type { B } from './b.js';\nexport type A = B | 1;\n",
    'src/std/b.ts': "import type { C } from './c.js';\nexport type B = C | 2;\n",
    'src/std/c.ts': "import type { A } from './a.js';\nexport type C = A | 3;\n",
  });
  assert.ok(found.some(({ category }) => category === 'lint/suspicious/noImportCycles'));
});
