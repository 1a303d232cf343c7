// build/src → build/bundle: the command and each of its threads as a few files in place of hundreds, packages that are plain
// JavaScript included. To find, read and compile files one by one is most of what a start costs (docs/performance.md). What is
// loaded on demand stays a file of its own. `bundle.mjs [FOLDER]` writes to another folder, which must lie in the package.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

/** Packages that every start loads. All others stay where npm puts them: they have native parts, or are loaded seldom. */
const BUNDLED = ['@marcbachmann/cel-js', 'convict', 'mqtt', 'mqtt-packet', 'pino', 'prom-client'];
/** How a module names the file of a thread or process that it starts; the second finds what looks like it and is not. */
const ENTRY_URL = /new URL\('(\.{1,2}\/[^']+\.js)', import\.meta\.url\)/g;
const ANY_URL = /new URL\([^;]*?import\.meta\.url/g;
/** CommonJS asks for Node's own modules by `require`, which ES modules do not have. */
const REQUIRE =
  "import { createRequire as requireOf } from 'node:module';\nconst require = requireOf(import.meta.url);";

const root = fileURLToPath(new URL('..', import.meta.url));
const from = join(root, 'build/src/');
const to = process.argv[2] ?? join(root, 'build/bundle');

/** Every entry lies beside the chunks, so that its name alone is its path from each of them. */
const flattenUrls = {
  name: 'flatten-urls',
  setup(step) {
    step.onLoad({ filter: /\.js$/ }, async ({ path }) =>
      path.startsWith(from)
        ? {
            contents: (await readFile(path, 'utf8')).replaceAll(
              ENTRY_URL,
              (_, url) => `new URL('./${basename(url)}', import.meta.url)`,
            ),
          }
        : undefined,
    );
  },
};

const { dependencies, optionalDependencies } = readJson(join(root, 'package.json'));
const entryPoints = [join(from, 'cli.js'), ...startedFiles()];
rmSync(to, { recursive: true, force: true });
const { metafile } = await build({
  entryPoints,
  outdir: to,
  entryNames: '[name]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  external: Object.keys({ ...dependencies, ...optionalDependencies }).filter((name) => !BUNDLED.includes(name)),
  banner: { js: REQUIRE },
  legalComments: 'none',
  plugins: [flattenUrls],
  metafile: true,
  absWorkingDir: root,
  logLevel: 'warning',
});
writeFileSync(join(to, 'LICENSES.txt'), licences(Object.keys(metafile.inputs)));

/** Files that modules start as a thread or a process. @throws {Error} where one is named in a way that is not seen here */
function startedFiles() {
  const found = new Set();
  for (const name of readdirSync(from, { recursive: true })) {
    if (!name.endsWith('.js')) continue;
    const text = readFileSync(join(from, name), 'utf8');
    const urls = [...text.matchAll(ENTRY_URL)];
    if (urls.length !== (text.match(ANY_URL) ?? []).length) {
      throw new Error(`Cannot bundle ${name} as a file to start must be written as new URL('…', import.meta.url)`);
    }
    for (const [, url] of urls) found.add(fileURLToPath(new URL(url, pathToFileURL(join(from, name)))));
  }
  return found;
}

/** Of every package of which something is in the bundle, as these licences ask for. */
function licences(inputs) {
  const folders = new Set(inputs.map((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0]));
  folders.delete(undefined);
  return [...folders].sort().map(licence).join('\n\n');
}

function licence(folder) {
  const { name, version, license } = readJson(join(root, folder, 'package.json'));
  const file = readdirSync(join(root, folder)).find((entry) => /^licen[cs]e/i.test(entry));
  const text = file === undefined ? '' : readFileSync(join(root, folder, file), 'utf8').trim();
  return `${name} ${version}: ${license}\n\n${text}`;
}

function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}
