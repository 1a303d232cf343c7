/**
 * The zip of a plugin → the folder of a model. Only the model's files and its model.json are taken out; Python and
 * scripts stay in the archive, and nothing of it is ever run. yauzl reads the format and refuses names that lead out of a folder.
 */
import { createWriteStream } from 'node:fs';
import { mkdir, open, stat } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { isMapping, type Mapping } from '../std/checks.js';
import { messageOf } from '../std/errors.js';
import { CODE, RestError } from './rest-error.js';

export interface ZipLimits {
  readonly archiveBytes: number;
  readonly entries: number;
  readonly unpackedBytes: number;
  /** Unpacked bytes for each packed one. */
  readonly ratio: number;
}

/** A model of a gigabyte, its files and pictures for a self-test; weights pack to a third at best. */
export const ZIP_LIMITS: ZipLimits = { archiveBytes: 2 ** 30, entries: 4096, unpackedBytes: 2 * 2 ** 30, ratio: 100 };
const MAX_DESCRIPTION_BYTES = 64 * 1024;
/** Small files of one letter pack better than any bomb that matters. */
const RATIO_FROM_BYTES = 2 ** 20;

export interface PluginDescription {
  readonly version: string;
  readonly language: string;
  readonly executable: string;
  readonly functions: readonly string[];
}

/** Files that may belong to a model: its parts, its description, the picture of its self-test. */
const MODEL_FILES = new Set(
  '.xml .bin .onnx .data .json .yaml .yml .txt .png .jpg .jpeg .bmp .tif .tiff .webp'.split(' '),
);
const S_IFMT = 0o170000;
const S_IFREG = 0o100000;
const S_IFDIR = 0o040000;

/**
 * Writes the model's files to a folder that is made for it, each synced.
 * @param name of the plugin: its description is NAME.json
 * @throws {RestError} with a sentence that says what of the archive is refused
 */
export async function unpackPlugin(
  path: string,
  {
    name,
    folder,
    limits = ZIP_LIMITS,
  }: { readonly name: string; readonly folder: string; readonly limits?: ZipLimits },
): Promise<PluginDescription> {
  const { size } = await stat(path);
  if (size > limits.archiveBytes) throw refusal(`it has ${size} bytes, more than ${limits.archiveBytes}`);
  const file = await openPromise(path, { lazyEntries: true, autoClose: false, strictFileNames: true }).catch(notAZip);
  try {
    const entries = await listEntries(file, limits);
    const description = await readDescription(file, entries, name);
    const chosen = chooseModelFiles(entries, name);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    for (const { entry, to } of chosen) await extract(file, entry, join(folder, to)).catch(notAZip);
    return description;
  } finally {
    file.close();
  }
}

async function listEntries(file: ZipFile, limits: ZipLimits): Promise<readonly Entry[]> {
  if (file.entryCount > limits.entries) throw refusal(`it has ${file.entryCount} entries, more than ${limits.entries}`);
  const entries: Entry[] = [];
  const names = new Set<string>();
  let unpacked = 0;
  try {
    for await (const entry of file.eachEntry()) {
      assertEntry(entry, limits);
      if (names.has(entry.fileName)) throw refusal(`it has ${JSON.stringify(entry.fileName)} twice`);
      names.add(entry.fileName);
      unpacked += entry.uncompressedSize;
      if (unpacked > limits.unpackedBytes) throw refusal(`its files have more than ${limits.unpackedBytes} bytes`);
      entries.push(entry);
    }
  } catch (error) {
    return notAZip(error);
  }
  return entries;
}

function assertEntry(
  { fileName, uncompressedSize, compressedSize, externalFileAttributes, ...entry }: Entry,
  { ratio }: ZipLimits,
): void {
  const shown = JSON.stringify(fileName);
  const kind = (externalFileAttributes >>> 16) & S_IFMT;
  if (kind !== 0 && kind !== S_IFREG && kind !== S_IFDIR) throw refusal(`${shown} is a link or no file`);
  if ((entry.generalPurposeBitFlag & 1) !== 0) throw refusal(`${shown} is encrypted`);
  if (uncompressedSize > RATIO_FROM_BYTES && uncompressedSize > compressedSize * ratio) {
    throw refusal(`${shown} is more than ${ratio} times as large as it is packed`);
  }
}

async function readDescription(file: ZipFile, entries: readonly Entry[], name: string): Promise<PluginDescription> {
  const entry = entries.find(({ fileName }) => fileName === `${name}.json`);
  const fault = new RestError(
    CODE.undefined,
    `fail to install plugin: missing or invalid json file ${name}.json, found ${entries.length} files in total`,
  );
  if (entry === undefined || entry.uncompressedSize > MAX_DESCRIPTION_BYTES) throw fault;
  let given: unknown;
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of await file.openReadStreamPromise(entry)) chunks.push(chunk as Buffer);
    given = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw fault;
  }
  if (!isMapping(given)) throw fault;
  return described(given);
}

const FUNCTION_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;

function described(given: Mapping): PluginDescription {
  const text = (key: string) => (typeof given[key] === 'string' ? (given[key] as string).slice(0, 200) : '');
  for (const kind of ['sources', 'sinks']) {
    const list = given[kind];
    if (Array.isArray(list) && list.length > 0)
      throw refusal(`its description has ${kind}, which would be programs to run: only functions are taken`);
  }
  const functions: unknown = given['functions'];
  const isRight =
    Array.isArray(functions) &&
    functions.length > 0 &&
    functions.every((each) => typeof each === 'string' && FUNCTION_NAME.test(each));
  if (!isRight) throw refusal('its description must name functions, each of letters, digits and _');
  return {
    version: text('version'),
    language: text('language'),
    executable: text('executable'),
    functions: [...new Set(functions as string[])],
  };
}

interface Chosen {
  readonly entry: Entry;
  /** Name in the folder of the model. */
  readonly to: string;
}

function chooseModelFiles(entries: readonly Entry[], name: string): readonly Chosen[] {
  const byName = new Map(entries.map((entry) => [entry.fileName, entry]));
  const isModel = ({ fileName }: Entry) =>
    fileName.endsWith('.onnx') || (fileName.endsWith('.xml') && byName.has(fileName.replace(/xml$/, 'bin')));
  const models = entries.filter(isModel);
  const standing = models.filter(({ fileName }) => /(^|\/)model\.(xml|onnx)$/.test(fileName));
  const [model, ...others] = models.length > 1 ? standing : models;
  if (model === undefined || others.length > 0) {
    const found = models.length === 0 ? 'none' : models.map(({ fileName }) => fileName).join(', ');
    throw refusal(
      `it must hold one model (an .xml with its .bin, or an .onnx), or one that is called model: it holds ${found}`,
    );
  }
  const folder = dirname(model.fileName);
  const stem = basename(model.fileName, extname(model.fileName));
  const descriptionName = `${name}.json`;
  const beside = entries.filter(
    ({ fileName }) =>
      dirname(fileName) === folder &&
      !fileName.endsWith('/') &&
      fileName !== descriptionName &&
      MODEL_FILES.has(extname(fileName).toLowerCase()) &&
      (fileName === model.fileName || !isModel({ fileName } as Entry)),
  );
  const own = new Set(['.xml', '.bin', '.json', '.yaml'].map((ending) => `${stem}${ending}`));
  // An IR may be called as the plugin is: it is model.xml from here on, whatever describes the plugin.
  const nameOf = (fileName: string) =>
    model.fileName.endsWith('.xml') && own.has(basename(fileName)) ? `model${extname(fileName)}` : basename(fileName);
  const chosen = new Map(beside.map((entry) => [nameOf(entry.fileName), entry]));
  const atRoot = byName.get('model.json');
  if (!chosen.has('model.json') && atRoot !== undefined && descriptionName !== 'model.json')
    chosen.set('model.json', atRoot);
  return [...chosen].map(([to, entry]) => ({ entry, to }));
}

/** yauzl compares the length with what the directory says while it reads. */
async function extract(file: ZipFile, entry: Entry, to: string): Promise<void> {
  const target = createWriteStream(to, { flags: 'wx', mode: 0o600 });
  await pipeline(await file.openReadStreamPromise(entry), target);
  const written = await open(to, 'r');
  await written.sync().finally(() => written.close());
}

function notAZip(cause: unknown): never {
  if (cause instanceof RestError) throw cause;
  throw refusal(messageOf(cause));
}

function refusal(reason: string): RestError {
  return new RestError(CODE.undefined, `fail to install plugin: invalid zip file: ${reason}`);
}
