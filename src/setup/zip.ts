/** Reads zip archives such as wheels; the format itself is yauzl's. */
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { messageOf } from '../std/errors.js';

export interface ZipEntry {
  readonly name: string;
  readonly bytes: number;
  /** Writes its content to a new file. @throws {Error} when its length is not what the archive says */
  extract(to: string): Promise<void>;
}

export interface ZipArchive extends AsyncDisposable {
  readonly entries: readonly ZipEntry[];
}

/** @throws {Error} when it is no zip archive, or has an entry whose name could lead out of a folder */
export async function openZip(path: string): Promise<ZipArchive> {
  const file = await openPromise(path, { lazyEntries: true, autoClose: false, strictFileNames: true }).catch(fail);
  const close = async () => file.close();
  try {
    const entries: ZipEntry[] = [];
    for await (const entry of file.eachEntry()) entries.push(entryOf(file, entry));
    return { entries, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    return fail(error);
  }
}

function entryOf(file: ZipFile, entry: Entry): ZipEntry {
  return {
    name: entry.fileName,
    bytes: entry.uncompressedSize,
    async extract(to) {
      const target = createWriteStream(to, { flags: 'wx' });
      await file
        .openReadStreamPromise(entry)
        .then((source) => pipeline(source, target))
        .catch(fail);
    },
  };
}

function fail(cause: unknown): never {
  throw new Error(`it is not a whole zip archive: ${messageOf(cause)}`, { cause });
}
