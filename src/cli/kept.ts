import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { decodeMaskPng } from '../imaging/mask-png.js';
import { createCoco } from '../keep/coco.js';
import { type KeptEntry, type KeptFolder, openKeptFolder } from '../keep/kept-folder.js';
import { ServiceError } from '../std/errors.js';
import { defineCommand, folderFault } from './command.js';
import { loadCommandConfig } from './load.js';
import { flag, oneOf, text, UsageError } from './options.js';

const WORDS = ['count', 'list', 'export'] as const;
type Word = (typeof WORDS)[number];
const FORMATS = ['masks', 'coco'] as const;

export const kept = defineCommand({
  positionals: '[count|list|export]',
  summary: 'Counts, lists or exports the pictures that were kept for a second look.',
  about: [
    'export takes judged pictures alone, with the masks that people gave them. masks: images/NAME.jpg and masks/NAME.png; coco: images/ and annotations.json, with run lengths.',
    'npm run train -- --data DIR needs no export: it reads the folder as it is.',
  ],
  options: {
    path: text('DIR', 'the folder (keep.path)'),
    state: oneOf(['judged', 'unjudged'], 'list: only those'),
    json: flag('list: a JSON object a line, with the whole record'),
    format: oneOf(FORMATS, 'export: as what (masks)'),
    out: text('DIR', 'export: the folder to write to'),
  },
  examples: ['kept', 'kept list --state unjudged', 'kept export --format coco --out labelled/'],
  async run({ path, state, json, format, out, ...values }, positionals, io) {
    const word = wordOf(positionals);
    const folder = openKeptFolder(resolve(io.cwd, path ?? pathOf(loadCommandConfig(values, io).config.keep.path)));
    const entries = await entriesOf(folder);
    if (word === 'count') {
      io.stdout(countText(folder.path, entries));
      return 0;
    }
    if (word === 'list') {
      const wanted = entries.filter(
        ({ judgement }) => state === undefined || (state === 'judged') === (judgement !== undefined),
      );
      for (const { bytes: _bytes, ...entry } of wanted) io.stdout(json ? `${JSON.stringify(entry)}\n` : lineOf(entry));
      return 0;
    }
    if (out === undefined) throw new UsageError('export takes --out DIR');
    const target = resolve(io.cwd, out);
    const judged = entries.filter(({ judgement }) => judgement !== undefined);
    await exportTo(target, format ?? 'masks', folder, judged).catch((error: NodeJS.ErrnoException) => {
      throw error.code === undefined ? error : folderFault('out', error);
    });
    io.stdout(
      `${judged.length} judged pictures in ${target}; ${entries.length - judged.length} are left that nobody has judged\n`,
    );
    return 0;
  },
});

function wordOf([word = 'count', more]: readonly string[]): Word {
  const known = WORDS.find((each) => each === word);
  if (known === undefined || more !== undefined) throw new UsageError(`kept takes one of ${WORDS.join(', ')}`);
  return known;
}

function pathOf(path: string | undefined): string {
  if (path !== undefined) return path;
  throw new ServiceError(
    'ERR_CONFIG',
    'Cannot look at kept pictures as keep.path or --path must name their folder: neither is given',
  );
}

type Entry = KeptEntry & { readonly bytes: number };

/** Oldest first. */
async function entriesOf(folder: KeptFolder): Promise<readonly Entry[]> {
  const { items } = await folder.scan();
  const sorted = [...items].sort((a, b) => a.receivedAtMs - b.receivedAtMs);
  const entries: Entry[] = [];
  for (const { key, bytes } of sorted) {
    const entry = await folder.read(key);
    if (entry !== undefined) entries.push({ ...entry, bytes });
  }
  return entries;
}

function countText(path: string, entries: readonly Entry[]): string {
  const of = (verdict: string) => entries.filter(({ judgement }) => judgement?.verdict === verdict).length;
  const [right, wrong] = [of('right'), of('wrong')];
  const megabytes = entries.reduce((sum, { bytes }) => sum + bytes, 0) / 2 ** 20;
  const models = new Map<string, number>();
  for (const { key } of entries) models.set(dirname(key), (models.get(dirname(key)) ?? 0) + 1);
  const byModel = [...models].map(([model, count]) => `  ${model}: ${count}\n`).join('');
  return (
    `${path}: ${entries.length} kept, ${megabytes.toFixed(1)} MiB\n` +
    `judged ${right + wrong} (right ${right}, wrong ${wrong}), not judged ${entries.length - right - wrong}\n` +
    (models.size > 1 ? `by model:\n${byModel}` : '')
  );
}

function lineOf({ key, receivedAt, judgement, measures, topic, reasons }: KeptEntry): string {
  const why = [...new Set(reasons.map((reason) => reason.why))].join('+');
  const said = judgement?.verdict ?? '-';
  const fields = [
    receivedAt,
    said.padEnd(5),
    why.padEnd(9),
    `defect ${measures.defect}`,
    `score ${measures.score.toFixed(3)}`,
  ];
  return `${[...fields, topic, key].join('  ').replaceAll(/\p{Cc}/gu, '\ufffd')}\n`;
}

async function exportTo(
  target: string,
  format: (typeof FORMATS)[number],
  folder: KeptFolder,
  entries: readonly Entry[],
): Promise<void> {
  await mkdir(join(target, 'images'), { recursive: true });
  if (format === 'masks') await mkdir(join(target, 'masks'), { recursive: true });
  const coco = createCoco();
  for (const { key, picture } of entries) {
    // Two models may have kept one picture: the name says whose it is.
    const name = key.replace('/', '-');
    const mask = await folder.readFile(key, 'mask.png');
    if (mask === undefined) continue;
    const file = `${name}${extname(picture)}`;
    await copyFile(join(folder.path, dirname(key), basename(picture)), join(target, 'images', file));
    if (format === 'masks') await writeFile(join(target, 'masks', `${name}.png`), mask);
    else coco.add(file, await decodeMaskPng(mask));
  }
  if (format === 'coco') await writeFile(join(target, 'annotations.json'), `${JSON.stringify(coco.result())}\n`);
}
