/** Writes the self-test entry of a model.json; makes the file if the model has none. */
import { createHash } from 'node:crypto';
import { copyFile, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, extname, join, relative, sep } from 'node:path';
import { ServiceError } from '../std/errors.js';
import type { SelfTestSpec } from './spec.js';

export type RecordedSelfTest = Omit<SelfTestSpec, 'picture'>;

/**
 * Everything else in the file stays, but for the picture's digest if there is one. A picture outside of the model's
 * folder is copied into it.
 * @param model its .xml or .onnx, and its description if it has one: absolute paths
 * @returns the path of the model.json
 * @throws {ServiceError} ERR_MODEL_LOAD when an existing model.json is no JSON object
 */
export async function writeSelfTest(
  model: { readonly path: string; readonly manifest: string | undefined },
  picture: string,
  recorded: RecordedSelfTest,
): Promise<string> {
  const folder = dirname(model.path);
  const file = model.manifest ?? join(folder, 'model.json');
  const manifest = await readManifest(file);
  const inside = relative(folder, picture);
  const isInside = !inside.startsWith(`..${sep}`) && !inside.startsWith(sep);
  const name = isInside ? inside : `self-test${extname(picture)}`;
  if (!isInside) await copyFile(picture, join(folder, name));
  const written = {
    ...manifest,
    ...(await digestsWith(manifest, name, picture)),
    selfTest: { picture: name, ...recorded },
  };
  const text = `${JSON.stringify(written, undefined, 2)}\n`;
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file); // never half a file
  return file;
}

async function readManifest(file: string): Promise<Record<string, unknown>> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return {}; // name and version are then made of the model's files
  const parsed = parseJson(text);
  if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed as Record<string, unknown>;
  throw new ServiceError('ERR_MODEL_LOAD', `Cannot write the self-test as ${file} must be a JSON object: it is none`);
}

/** Another picture under the same name has another digest: with the old one the model would not load any more. */
async function digestsWith({ digests }: Record<string, unknown>, name: string, picture: string): Promise<object> {
  if (typeof digests !== 'object' || digests === null || !Object.hasOwn(digests, name)) return {};
  const digest = createHash('sha256')
    .update(await readFile(picture))
    .digest('hex');
  return { digests: { ...digests, [name]: digest } };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
