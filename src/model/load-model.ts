/**
 * From the configuration to a model that is known: found, described, its digests verified. Nothing is compiled here.
 *
 * A model is code-like: only local files are taken, none outside its folder, sizes are limited, and the digest is
 * returned for the log.
 */

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, realpath, stat } from 'node:fs/promises';
import { basename, extname, join, relative, sep } from 'node:path';
import { MAX_MODEL_BYTES, placeholderIn } from '../engine/model-file.js';
import { defined } from '../std/defined.js';
import { ServiceError, toServiceError } from '../std/errors.js';
import { exporterSettings, parseExporterYaml } from './exporter-metadata.js';
import { type LocatedModel, type LocateOptions, locateModel } from './locate-model.js';
import { type Manifest, parseManifest } from './manifest.js';
import { settingsOf } from './metadata-settings.js';
import { type Metadata, type MetadataFault, type MetadataSettings, readMetadata } from './read-metadata.js';
import { givenOf, type PartialModelSettings, type ResolvedSettings, resolveSettings } from './settings.js';
import type { ModelSpec, SelfTestSpec } from './spec.js';

export interface LoadModelOptions extends LocateOptions {
  /** model.* of the configuration: stronger than model.json and the model's own metadata. */
  readonly settings?: PartialModelSettings;
}

export interface LoadedModel {
  readonly spec: ModelSpec;
  readonly origin: LocatedModel['origin'];
  /** Absolute path of its description, if there is one. */
  readonly manifest: string | undefined;
  /** sha256 over the bytes of the model's files, in the order .xml, .bin. */
  readonly digest: string;
  /** Where each setting was taken from. */
  readonly sources: ResolvedSettings['sources'];
  /** Things to tell that stop nothing. */
  readonly warnings: readonly string[];
}

const MAX_MANIFEST_BYTES = 1024 * 1024;
const MAX_PICTURE_BYTES = 64 * 1024 * 1024;
const VERSION_DIGITS = 8;

/** @throws {ServiceError} ERR_MODEL_LOAD with everything that is wrong with model.json or the files it names. */
export async function loadModel(options: LoadModelOptions): Promise<LoadedModel> {
  try {
    return await load(options);
  } catch (error) {
    throw toServiceError(error, 'ERR_MODEL_LOAD');
  }
}

async function load(options: LoadModelOptions): Promise<LoadedModel> {
  const located = await locateModel(options);
  for (const part of located.parts) await limit(part, MAX_MODEL_BYTES);
  const digest = await sha256Of(located.parts);
  const { manifest, warnings } = await readManifest(located);
  const { modelInfo, properties } = await readMetadata(located.file);
  const metadata = settingsOf(modelInfo);
  const exporter = await readExporter(located, properties);
  const { settings: whole, sources } = resolveSettings([
    ['configuration', options.settings ?? {}],
    ['model.json', manifest?.settings ?? {}],
    ...exporter.map(({ source, said }) => [source, said.settings] as const),
    ['rt_info', metadata.settings],
  ]);
  const given = { ...manifest?.settings, ...options.settings };
  const saidFaults = [...exporter.flatMap(({ said }) => said.faults), ...metadata.faults];
  const faults = saidFaults.filter(({ setting }) => setting === undefined || !decides(given, setting));
  if (faults.length > 0) throw metadataFault(located.file, faults);
  const { threshold: _, ...settings } = givenOf(whole, sources);
  const selfTest = manifest?.selfTest === undefined ? undefined : await resolveSelfTest(located, manifest.selfTest);
  const spec: ModelSpec = {
    name: manifest?.name ?? nameOf(located),
    version: manifest?.version ?? digest.slice(0, VERSION_DIGITS),
    path: located.file,
    ...(sources.threshold === 'default' ? {} : { threshold: whole.threshold }),
    ...(Object.keys(settings).length === 0 ? {} : { settings }),
    ...defined({ selfTest }),
  };
  return {
    spec,
    origin: located.origin,
    manifest: located.manifest,
    digest,
    sources,
    warnings: [...warnings, ...metadata.warnings],
  };
}

/** What exporters say in a way of their own: a YAML file beside an IR, properties of an ONNX file. */
async function readExporter({ notes }: LocatedModel, properties: Metadata): Promise<readonly ExporterSource[]> {
  const found: ExporterSource[] = [];
  for (const path of notes) {
    await limit(path, MAX_MANIFEST_BYTES);
    const said = exporterSettings(parseExporterYaml(await readFile(path, 'utf8')) ?? {});
    if (said !== undefined) found.push({ source: 'metadata.yaml', said });
  }
  const said = exporterSettings(Object.fromEntries(properties));
  if (said !== undefined) found.push({ source: 'properties', said });
  return found.slice(0, 1);
}

interface ExporterSource {
  readonly source: 'metadata.yaml' | 'properties';
  readonly said: MetadataSettings;
}

async function readManifest(
  located: LocatedModel,
): Promise<{ readonly manifest: Manifest | undefined; readonly warnings: readonly string[] }> {
  const file = located.manifest;
  if (file === undefined) return { manifest: undefined, warnings: [] };
  await limit(file, MAX_MANIFEST_BYTES);
  const text = await readFile(file, 'utf8');
  const placeholder = placeholderIn(text);
  if (placeholder !== undefined) throw manifestFault(file, [`it must be JSON: this is ${placeholder}`]);
  const { manifest, faults, unknown } = parseManifest(text);
  if (manifest === undefined) throw manifestFault(file, faults);
  const wrong = await wrongDigests(located, manifest);
  if (wrong.length > 0) throw manifestFault(file, wrong);

  const warnings = unknown.map((field) => `${file}: the field "${field}" means nothing here`);
  // Without a version of its own it has one that is made of the files.
  for (const part of manifest.version === undefined ? [] : located.parts) {
    if (Object.hasOwn(manifest.digests, basename(part))) continue;
    warnings.push(`${file}: digests does not list ${basename(part)}, so a changed file goes unnoticed`);
  }
  return { manifest, warnings };
}

/** What a stronger source says of a setting makes it unimportant what the metadata say of it. */
function decides(given: PartialModelSettings, setting: keyof PartialModelSettings): boolean {
  const settings = setting === 'labels' ? (['classes', 'channel'] as const) : [setting];
  return settings.some((name) => given[name] !== undefined);
}

function metadataFault(file: string, faults: readonly MetadataFault[]): ServiceError {
  const text = `Cannot use the model as what ${file} says of itself (rt_info/model_info) is not all done here: ${faults.map(({ text: fault }) => fault).join('; ')}`;
  return new ServiceError('ERR_MODEL_CONTRACT', text, { details: { file, faults: faults.length } });
}

function manifestFault(file: string, faults: readonly string[]): ServiceError {
  const text = `Cannot load the model as ${file} has faults: ${faults.join('; ')}`;
  return new ServiceError('ERR_MODEL_LOAD', text, { details: { file, faults: faults.length } });
}

async function wrongDigests({ folder }: LocatedModel, manifest: Manifest): Promise<readonly string[]> {
  const wrong: string[] = [];
  for (const [name, expected] of Object.entries(manifest.digests)) {
    const file = await insideFolder(folder, name, MAX_MODEL_BYTES);
    const actual = await sha256Of([file]);
    if (actual !== expected) wrong.push(`digests.${name} must be the file's sha256, ${actual}: ${expected}`);
  }
  return wrong;
}

async function resolveSelfTest(located: LocatedModel, entry: SelfTestSpec): Promise<SelfTestSpec> {
  return { ...entry, picture: await insideFolder(located.folder, entry.picture, MAX_PICTURE_BYTES) };
}

/** The real path of a file that model.json names; links may lead around within the folder, not out of it. */
async function insideFolder(folder: string, name: string, maxBytes: number): Promise<string> {
  const file = join(folder, name);
  const real = await realpath(file).catch((cause: unknown) => {
    throw modelFault('a file that model.json names must be there', file, cause);
  });
  const way = relative(await realpath(folder), real);
  if (way.startsWith(`..${sep}`)) {
    throw modelFault("a file that model.json names must be in the model's folder", real);
  }
  await limit(real, maxBytes);
  return real;
}

async function limit(file: string, maxBytes: number): Promise<void> {
  const kind = await stat(file);
  if (!kind.isFile()) throw modelFault('it must be a file', file);
  if (kind.size > maxBytes) throw modelFault(`${file} must be <= ${maxBytes} bytes`, `${kind.size} bytes`);
}

function modelFault(rule: string, current: string, cause?: unknown): ServiceError {
  const options = cause === undefined ? {} : { cause };
  return new ServiceError('ERR_MODEL_LOAD', `Cannot load the model as ${rule}: ${current}`, options);
}

async function sha256Of(files: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const file of files) {
    for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  }
  return hash.digest('hex');
}

/** The file's name, or its folder's when the file is just called "model". */
function nameOf({ file, folder }: LocatedModel): string {
  const stem = basename(file, extname(file));
  return stem === 'model' ? basename(folder) : stem;
}
