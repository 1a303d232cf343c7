/**
 * The checks on a model's files that need no runtime: what would otherwise end in an obscure message or a hung disk.
 */
import { statSync } from 'node:fs';
import { extname, isAbsolute, resolve } from 'node:path';
import { ServiceError } from '../std/errors.js';

/** No .onnx file can be larger. A wrong path to a disk image stops here. */
export const MAX_MODEL_BYTES = 2 ** 31;
const EXTENSIONS = ['.xml', '.onnx'];

/** True when the name is that of an IR or an ONNX model. */
export function isModelFile(path: string): boolean {
  return EXTENSIONS.includes(extname(path).toLowerCase());
}

export function isUrl(path: string): boolean {
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(path);
}

/**
 * The absolute path of a model that is a local, non-empty file of a known kind and of a sane size.
 * @throws {ServiceError} ERR_MODEL_LOAD
 */
export function checkModelFile(path: string): string {
  if (isUrl(path)) throw unreadable(path, 'it must be a local file', 'this is a URL');
  const full = isAbsolute(path) ? path : resolve(path);
  const extension = extname(full).toLowerCase();
  if (!isModelFile(full)) {
    throw unreadable(full, `it must be a file ${EXTENSIONS.join(' or ')}`, `the name ends in "${extension}"`);
  }
  checkSize(full);
  // An IR without constants has no .bin; one that needs it is refused by the runtime.
  if (extension === '.xml') checkSize(`${full.slice(0, -extension.length)}.bin`, 'optional');
  return full;
}

function checkSize(path: string, presence: 'required' | 'optional' = 'required'): void {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) {
    if (presence === 'optional') return;
    throw unreadable(path, 'it must exist', 'there is no such file');
  }
  if (!stat.isFile()) throw unreadable(path, 'it must be a file', 'this is a folder or a device');
  if (presence === 'required' && stat.size === 0) throw unreadable(path, 'it must not be empty', '0 bytes');
  if (stat.size > MAX_MODEL_BYTES)
    throw unreadable(path, `it must be <= ${MAX_MODEL_BYTES} bytes`, `${stat.size} bytes`);
}

function unreadable(path: string, rule: string, found: string): ServiceError {
  return new ServiceError('ERR_MODEL_LOAD', `Cannot read the model ${path} as ${rule}: ${found}`, {
    details: { path },
  });
}
