/**
 * The checks on a model's files that need no runtime: what would otherwise end in an obscure message or a hung disk.
 */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
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
  checkContent(full);
  // An IR without constants has no .bin; one that needs it is refused by the runtime.
  const weights = extension === '.xml' ? `${full.slice(0, -extension.length)}.bin` : `${full}.data`;
  checkSize(weights, 'optional');
  checkContent(weights);
  return full;
}

/** The oldest version of the IR format that OpenVINO reads since 2024. */
const OLDEST_IR = 10;
const HEAD_BYTES = 4096;

/** What stands in the place of a file that was not fetched: the runtime's words for it would be a riddle. */
const PLACEHOLDERS: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/^version https:\/\/git-lfs\./, 'a Git LFS pointer. Get the file itself: git lfs pull'],
  [/^\s*(<!doctype html|<html)/i, 'a web page, such as a download without a login gives'],
];

/** What a file is instead of a model's, by its first bytes; undefined: it may be one. */
export function placeholderIn(head: string): string | undefined {
  return PLACEHOLDERS.find(([pattern]) => pattern.test(head))?.[1];
}

function checkContent(path: string): void {
  const head = headOf(path);
  const placeholder = placeholderIn(head);
  if (placeholder !== undefined) throw unreadable(path, 'it must be a file of a model', `this is ${placeholder}`);
  const version = /<net\b[^>]*\sversion="(\d+)"/.exec(head)?.[1];
  if (path.toLowerCase().endsWith('.xml') && version !== undefined && Number(version) < OLDEST_IR) {
    const remedy = 'Convert the model anew with a present OpenVINO, or give the .onnx itself';
    throw unreadable(path, `it must be IR version ${OLDEST_IR} or newer`, `version ${version}. ${remedy}`);
  }
}

/** '' for a file that is not there. */
function headOf(path: string): string {
  try {
    const file = openSync(path, 'r');
    try {
      const head = Buffer.alloc(HEAD_BYTES);
      return head.toString('latin1', 0, readSync(file, head, 0, HEAD_BYTES, 0));
    } finally {
      closeSync(file);
    }
  } catch {
    return '';
  }
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
