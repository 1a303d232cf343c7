/** The folder of kept pictures on disk: reading, writing and taking away. What its files are: record.ts. */
import { copyFile, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Judgement, KeptRecord } from './record.js';
import { isKey, parseJudgement, parseRecord, timeOf } from './record.js';
import type { StockItem } from './stock.js';

export interface KeptEntry extends KeptRecord {
  /** MODEL/NAME. */
  readonly key: string;
  readonly judgement?: Judgement;
}

interface NewPicture {
  readonly record: KeptRecord;
  readonly picture: Uint8Array;
  /** PNG. */
  readonly found: Uint8Array;
}

export interface KeptFolder {
  readonly path: string;
  /** Everything that is whole; `unfinished` are names of files of none. A folder that is not there is empty. */
  scan(): Promise<{ readonly items: readonly StockItem[]; readonly unfinished: readonly string[] }>;
  /** Undefined where there is none, or its record cannot be read. */
  read(key: string): Promise<KeptEntry | undefined>;
  /** Bytes of a file of an entry; undefined where there is none. */
  readFile(key: string, file: 'found.png' | 'mask.png' | { readonly picture: string }): Promise<Buffer | undefined>;
  /** Resolves to the bytes written. Nothing stays of a picture that could not be written. */
  write(key: string, picture: NewPicture): Promise<number>;
  /** @param mask PNG; absent: what the model found is right */
  judge(key: string, judgement: Judgement, mask?: Uint8Array): Promise<void>;
  unjudge(key: string): Promise<void>;
  remove(key: string): Promise<void>;
  removeFile(name: string): Promise<void>;
  bytesOf(key: string): Promise<number>;
}

const SUFFIX = /\.(?:json|found\.png|judged\.json|mask\.png|jpg|jpeg|png|webp|tif|tiff|bmp)(?:\.part)?$/;

export function openKeptFolder(path: string): KeptFolder {
  const at = (name: string) => join(path, name);

  async function filesOf(key: string): Promise<readonly string[]> {
    const name = basename(key);
    const names = await namesIn(dirname(at(key)));
    return names.filter((file) => file.replace(SUFFIX, '') === name).map((file) => join(dirname(key), file));
  }

  async function writeWhole(name: string, content: string | Uint8Array): Promise<void> {
    await writeFile(at(`${name}.part`), content);
    await rename(at(`${name}.part`), at(name));
  }

  async function remove(key: string): Promise<void> {
    // The record first: what is left of a picture without one is taken away at the next start.
    const files = [`${key}.json`, ...(await filesOf(key))];
    for (const name of files) await rm(at(name), { force: true });
  }

  async function bytesOf(key: string): Promise<number> {
    const sizes = await Promise.all((await filesOf(key)).map((name) => sizeOf(at(name))));
    return sizes.reduce((sum, size) => sum + size, 0);
  }

  return {
    path,
    async scan() {
      const items: StockItem[] = [];
      const unfinished: string[] = [];
      for (const model of await namesIn(path)) {
        const files = new Map<string, string[]>();
        for (const file of await namesIn(at(model))) {
          const key = join(model, file.replace(SUFFIX, ''));
          if (isKey(key) && SUFFIX.test(file)) files.set(key, [...(files.get(key) ?? []), file]);
        }
        for (const [key, names] of files) {
          const has = (suffix: string) => names.includes(`${basename(key)}.${suffix}`);
          if (!has('json')) {
            unfinished.push(...names.map((name) => join(model, name)));
            continue;
          }
          let bytes = 0;
          for (const name of names) bytes += await sizeOf(at(join(model, name)));
          items.push({ key, receivedAtMs: timeOf(basename(key)), bytes, isJudged: has('judged.json') });
        }
      }
      return { items, unfinished };
    },
    async read(key) {
      const record = parseRecord(await textOf(at(`${key}.json`)));
      if (record === undefined) return undefined;
      const judgement = parseJudgement(await textOf(at(`${key}.judged.json`)));
      return { ...record, key, ...(judgement && { judgement }) };
    },
    readFile: (key, file) =>
      readIfThere(typeof file === 'string' ? at(`${key}.${file}`) : join(dirname(at(key)), file.picture)),
    async write(key, { record, picture, found }) {
      await mkdir(dirname(at(key)), { recursive: true });
      const text = `${JSON.stringify(record)}\n`;
      try {
        await writeFile(join(dirname(at(key)), record.picture), picture);
        await writeFile(at(`${key}.found.png`), found);
        await writeWhole(`${key}.json`, text);
      } catch (error) {
        await remove(key).catch(() => undefined);
        throw error;
      }
      return picture.byteLength + found.byteLength + Buffer.byteLength(text);
    },
    async judge(key, judgement, mask) {
      await rm(at(`${key}.judged.json`), { force: true }); // a new mask under an old verdict would be neither
      if (mask === undefined) await copyFile(at(`${key}.found.png`), at(`${key}.mask.png`));
      else await writeWhole(`${key}.mask.png`, mask);
      await writeWhole(`${key}.judged.json`, `${JSON.stringify(judgement)}\n`);
    },
    async unjudge(key) {
      await rm(at(`${key}.judged.json`), { force: true });
      await rm(at(`${key}.mask.png`), { force: true });
    },
    remove,
    removeFile: (name) => rm(at(name), { force: true }),
    bytesOf,
  };
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return [];
    throw error;
  });
}

/** 0 for a file that was taken away meanwhile. */
async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.size ?? 0;
}

async function textOf(path: string): Promise<string> {
  return (await readIfThere(path))?.toString('utf8') ?? '';
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  return await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}
