/**
 * Objects that were made over the wire, kept in a folder through every end of the process. All of them are one file,
 * `catalogue.json`: a change is written whole beside it, synced and renamed, so that there is the old file or the new one
 * at any moment. Files that an object needs lie in folders of their own beside it.
 */
import { chmod, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, ServiceError } from '../std/errors.js';
import { createSharedExclusiveLock } from '../std/shared-exclusive-lock.js';
import { type Kept, type KeptObjects, parseKept, printKept } from './kept-file.js';

export interface ObjectChange {
  /** Such as "streams": a name that the folder's users agree on. */
  readonly kind: string;
  readonly id: string;
  /** What can be JSON; undefined: it is there no more. */
  readonly value: unknown;
}

export interface ObjectStore {
  /** Absolute path. */
  readonly folder: string;
  /** The objects of a kind by id, in the order in which they came. */
  list(kind: string): Kept;
  /**
   * All or nothing, one after the other; resolves when a loss of power cannot take it away any more.
   * @throws {ServiceError} ERR_CATALOGUE when it cannot be written: nothing has changed then
   */
  change(changes: readonly ObjectChange[]): Promise<void>;
}

const FILE = 'catalogue.json';
/** Below the folder: models that objects name. */
export const MODELS_FOLDER = 'models';
/** For the eyes of the service alone: objects hold passwords. */
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

/**
 * Makes the folder if it is not there.
 * @param folder absolute path
 * @throws {ServiceError} ERR_CATALOGUE when the file is damaged, is missing beside files that belong to it, or cannot be read
 */
export async function openObjectStore(folder: string): Promise<ObjectStore> {
  const path = join(folder, FILE);
  const lock = createSharedExclusiveLock();
  let text = await readOrBegin(folder, path);
  let objects = parseKept(Buffer.from(text), path);

  async function change(changes: readonly ObjectChange[]): Promise<void> {
    await assertUnchanged(path, text);
    const next = changed(objects, changes);
    const nextText = printKept(next);
    await write(folder, path, nextText);
    objects = next;
    text = nextText;
  }

  return {
    folder,
    list: (kind) => objects.get(kind) ?? new Map(),
    change: (changes) => lock.exclusive(() => change(changes)),
  };
}

/** An empty file is written at once: one that is missing later was taken away. */
async function readOrBegin(folder: string, path: string): Promise<string> {
  try {
    await mkdir(folder, { recursive: true, mode: FOLDER_MODE });
    const found = await readFile(path).catch(absentIsUndefined);
    if (found !== undefined) {
      await chmod(path, FILE_MODE);
      return found.toString('utf8');
    }
    // Not any folder: uploads may be put there before the first start, and a disk of its own has lost+found.
    if ((await readdir(folder)).includes(MODELS_FOLDER)) {
      throw new ServiceError(
        'ERR_CATALOGUE',
        `Cannot read the kept catalogue as ${path} must be there beside what belongs to it (${MODELS_FOLDER}/): it is not. Put it back, or empty the folder to begin again`,
        { details: { path } },
      );
    }
    const empty = printKept(new Map());
    await write(folder, path, empty);
    return empty;
  } catch (cause) {
    if (cause instanceof ServiceError) throw cause;
    throw new ServiceError(
      'ERR_CATALOGUE',
      `Cannot read the kept catalogue as ${path} must be readable and its folder be writable: ${messageOf(cause)}`,
      { cause, details: { path } },
    );
  }
}

/** What another process has written since would be lost. */
async function assertUnchanged(path: string, expected: string): Promise<void> {
  const found = await readFile(path, 'utf8').catch(() => undefined);
  if (found === expected) return;
  throw new ServiceError(
    'ERR_CATALOGUE',
    `Cannot keep the change as ${path} must be changed by this service alone: it is not as this service left it`,
    { details: { path } },
  );
}

function absentIsUndefined(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}

function changed(objects: KeptObjects, changes: readonly ObjectChange[]): KeptObjects {
  const next = new Map([...objects].map(([kind, kept]) => [kind, new Map(kept)]));
  for (const { kind, id, value } of changes) {
    const kept = next.get(kind) ?? new Map<string, unknown>();
    if (value === undefined) kept.delete(id);
    else kept.set(id, value);
    next.set(kind, kept);
  }
  return next;
}

/** @throws {ServiceError} ERR_CATALOGUE, and the file is what it was */
async function write(folder: string, path: string, text: string): Promise<void> {
  const fresh = `${path}.new`;
  try {
    await rm(fresh, { force: true }); // of a process that died while it wrote
    const file = await open(fresh, 'wx', FILE_MODE);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(fresh, path);
  } catch (cause) {
    await rm(fresh, { force: true }).catch(() => undefined);
    throw new ServiceError('ERR_CATALOGUE', `Cannot keep the change as ${path} must be writable: ${messageOf(cause)}`, {
      cause,
      details: { path },
    });
  }
  await syncFolder(folder);
}

/** The new name is on the disk then. Some file systems of networks refuse it; the rename is as sure there as it gets. */
async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r');
    await handle.sync().finally(() => handle.close());
  } catch {
    // The file itself is whole and in place.
  }
}
