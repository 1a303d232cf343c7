/** Which model is meant: a path of the configuration, the models folder, or the shipped model, as one file. */
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { isModelFile, isUrl } from '../engine/model-file.js';
import { ServiceError } from '../std/errors.js';

export interface LocateOptions {
  /** model.path: a .xml or .onnx file, or a folder with one. */
  readonly path?: string;
  readonly cwd: string;
  readonly packageRoot: string;
}

export interface LocatedModel {
  /** Absolute path of the .xml or .onnx file. */
  readonly file: string;
  readonly folder: string;
  /** Every file that makes up the model: the .xml and its .bin, or the .onnx and its .onnx.data. */
  readonly parts: readonly string[];
  /** Absolute path of its description, if there is one. */
  readonly manifest: string | undefined;
  /** YAML files that an exporter may have put beside an IR: under its own name, or as metadata.yaml of the folder's only IR. */
  readonly notes: readonly string[];
  /** How it was found, for people. */
  readonly origin: 'model.path' | 'models folder' | 'shipped';
}

/** Folders below `models` of the package, the first that is there is shipped. */
const SHIPPED = ['surface-defect', 'test-unet'];
const STANDARD_FILES = ['model.xml', 'model.onnx'];

/** @throws {ServiceError} ERR_MODEL_LOAD when there is none, or not exactly one. */
export async function locateModel(options: LocateOptions): Promise<LocatedModel> {
  const { path, cwd, packageRoot } = options;
  if (path !== undefined) return describe(await fromPath(path, cwd), 'model.path');
  const standing = await firstFile(STANDARD_FILES.map((name) => join(cwd, 'models', name)));
  if (standing !== undefined) return describe(standing, 'models folder');
  const shipped = await firstFile(
    SHIPPED.flatMap((name) => STANDARD_FILES.map((f) => join(packageRoot, 'models', name, f))),
  );
  if (shipped !== undefined) return describe(shipped, 'shipped');
  throw fault('find a model', 'model.path, models/model.xml or models/model.onnx must be there', `none below ${cwd}`);
}

async function fromPath(path: string, cwd: string): Promise<string> {
  if (isUrl(path)) throw fault('load the model', 'model.path must be a local path', path);
  const full = resolve(cwd, path);
  const kind = await stat(full).catch(() => undefined);
  if (kind === undefined) throw fault('load the model', 'model.path must exist', full);
  if (kind.isDirectory()) return inFolder(full);
  if (!kind.isFile() || !isModelFile(full)) {
    throw fault('load the model', 'model.path must be a .xml file, a .onnx file or a folder', full);
  }
  return full;
}

/** The standard name if it is there, else the only model of the folder. */
async function inFolder(folder: string): Promise<string> {
  const standard = await firstFile(STANDARD_FILES.map((name) => join(folder, name)));
  if (standard !== undefined) return standard;
  const models = (await readdir(folder)).filter(isModelFile).sort();
  const only = models.length === 1 ? models[0] : undefined;
  if (only !== undefined) return join(folder, only);
  const found = models.length === 0 ? 'none' : models.join(', ');
  throw fault('choose a model', `${folder} must have model.xml, model.onnx, or one model alone`, found);
}

async function describe(file: string, origin: LocatedModel['origin']): Promise<LocatedModel> {
  const folder = dirname(file);
  const stem = basename(file, extname(file));
  const isIr = extname(file).toLowerCase() === '.xml';
  const weights = join(folder, `${stem}.bin`);
  if (isIr && (await firstFile([weights])) === undefined) {
    throw fault('load the model', 'the weights of an .xml must stand beside it', `${weights} is not there`);
  }
  // model.json speaks for model.xml, and for the only model of a folder; another one has a description of its own name.
  const models = (await readdir(folder)).filter(isModelFile);
  const alone = models.length === 1;
  const isOnlyIr = isIr && models.filter((name) => extname(name) === '.xml').length === 1;
  const noteNames = isIr ? [`${stem}.yaml`, ...(isOnlyIr ? ['metadata.yaml'] : [])] : [];
  const standing = await Promise.all(noteNames.map((name) => firstFile([join(folder, name)])));
  const notes = standing.filter((path) => path !== undefined);
  const names = alone ? [`${stem}.json`, 'model.json'] : [`${stem}.json`];
  const manifest = await firstFile(names.map((name) => join(folder, name)));
  const external = `${file}.data`; // where PyTorch's exporter puts the weights of an .onnx
  const parts = isIr ? [file, weights] : [file, ...((await firstFile([external])) === undefined ? [] : [external])];
  return { file, folder, parts, manifest, notes, origin };
}

async function firstFile(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    const kind = await stat(path).catch(() => undefined);
    if (kind?.isFile()) return path;
  }
  return undefined;
}

function fault(action: string, rule: string, current: string): ServiceError {
  return new ServiceError('ERR_MODEL_LOAD', `Cannot ${action} as ${rule}: ${current}`, { details: { current } });
}
