/** From a wheel to a folder with the few libraries that are needed, and the licences they come under. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { messageOf, ServiceError } from '../std/errors.js';
import { LIBRARIES, VERSION, type WheelPin } from './pins.js';
import type { SetupReporter } from './reporter.js';

/** Lies beside the libraries and says what must be there. */
interface Manifest {
  readonly version: string;
  readonly wheel: string;
  readonly sha256: string;
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
}

const MANIFEST = 'manifest.json';

/** @throws {ServiceError} ERR_RUNTIME_MISSING when the file is not the pinned wheel, bit for bit */
export async function checkWheel(path: string, pin: WheelPin): Promise<void> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path)) hash.update(chunk);
  } catch (error) {
    const reason = messageOf(error);
    throw new ServiceError(
      'ERR_RUNTIME_MISSING',
      `Cannot read the wheel ${path} as it must be a readable file: ${reason}`,
      {
        cause: error,
      },
    );
  }
  const found = hash.digest('hex');
  if (found === pin.sha256) return;
  throw new ServiceError(
    'ERR_RUNTIME_MISSING',
    `Cannot use ${path} as the sha256 of ${pin.fileName} must be ${pin.sha256}: it is ${found}`,
    { details: { expected: pin.sha256, found } },
  );
}

/** Fills an existing, empty folder from a wheel that was checked. */
export async function unpackWheel(path: string, pin: WheelPin, folder: string, reporter: SetupReporter): Promise<void> {
  await using wheel = await openZip(path);
  const wanted = chooseEntries(wheel.entries);
  const total = wanted.reduce((sum, { entry }) => sum + entry.bytes, 0);
  const progress = reporter.progress('unpacking', total);
  await mkdir(join(folder, 'licenses'));
  for (const { entry, name } of wanted) {
    await entry.extract(join(folder, name));
    progress.add(entry.bytes);
  }
  progress.stop();
  const files = wanted.map(({ entry, name }) => ({ name, bytes: entry.bytes }));
  const manifest: Manifest = { version: VERSION, wheel: pin.fileName, sha256: pin.sha256, files };
  await writeFile(join(folder, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** Whether a folder has every file that its manifest names, in full length. */
export async function isWhole(folder: string): Promise<boolean> {
  try {
    const manifest: Manifest = JSON.parse(await readFile(join(folder, MANIFEST), 'utf8'));
    const sizes = await Promise.all(manifest.files.map(async ({ name }) => (await stat(join(folder, name))).size));
    return manifest.files.length > 0 && manifest.files.every(({ bytes }, index) => sizes[index] === bytes);
  } catch {
    return false; // no manifest, an unreadable one or a missing file: fill it again
  }
}

function chooseEntries(entries: readonly ZipEntry[]): { readonly entry: ZipEntry; readonly name: string }[] {
  const libraries = LIBRARIES.map((pattern) => {
    const entry = entries.find(({ name }) => name.startsWith('openvino/libs/') && pattern.test(basename(name)));
    if (entry !== undefined) return { entry, name: basename(entry.name) };
    throw new ServiceError('ERR_RUNTIME_MISSING', `Cannot unpack the wheel as it must hold a library ${pattern}: none`);
  });
  const licences = entries
    .filter(({ name }) => name.includes('.dist-info/licenses/') && !name.endsWith('/'))
    .map((entry) => ({ entry, name: join('licenses', basename(entry.name)) }));
  return [...libraries, ...licences];
}

/** Reads zip archives such as wheels; the format itself is yauzl's. */
interface ZipEntry {
  readonly name: string;
  readonly bytes: number;
  /** Writes its content to a new file. @throws {Error} when its length is not what the archive says */
  extract(to: string): Promise<void>;
}

interface ZipArchive extends AsyncDisposable {
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
