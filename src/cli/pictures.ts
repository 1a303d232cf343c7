/** Files and folders named on the command line → picture files. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { extname, join, resolve } from 'node:path';
import type { Config } from '../config/config.js';
import { FORMAT_ROWS } from '../imaging/formats.js';
import { messageOf } from '../std/errors.js';
import { packageRoot } from '../std/package-root.js';
import { isTopicName, subscribedFilter } from '../topics/topic.js';
import { UsageError } from './options.js';

const EXTENSIONS = new Set(FORMAT_ROWS.flatMap(([, { extensions }]) => extensions));

/**
 * Files as named, folders as the pictures directly in them, by name. A named file is taken whatever its extension.
 * @throws {UsageError} when a name does not exist or a folder has no picture
 */
export async function pictureFiles(names: readonly string[], cwd: string): Promise<string[]> {
  const files: string[] = [];
  for (const name of names) {
    const path = resolve(cwd, name);
    const kind = await stat(path).catch((error: unknown) => {
      throw isMissing(error) ? new UsageError(`There is no file or folder "${name}"`) : unreadable(name, error);
    });
    if (!kind.isDirectory()) {
      files.push(path);
      continue;
    }
    const all = await readdir(path, { withFileTypes: true }).catch((error: unknown) => {
      throw unreadable(name, error);
    });
    const entries = all.filter((entry) => !entry.isDirectory());
    const found = entries
      .map((entry) => entry.name)
      .filter((entry) => EXTENSIONS.has(extname(entry).toLowerCase()))
      .sort();
    if (found.length === 0) throw new UsageError(`The folder "${name}" has no picture (${[...EXTENSIONS].join(' ')})`);
    files.push(...found.map((entry) => join(path, entry)));
  }
  return files;
}

/** The bytes of a picture that is named on the command line. @throws {UsageError} when it cannot be read */
export function readPicture(path: string): Promise<Buffer> {
  return readFile(path).catch((error: unknown) => {
    throw isMissing(error) ? new UsageError(`There is no picture "${path}"`) : unreadable(path, error);
  });
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}

function unreadable(name: string, error: unknown): UsageError {
  return new UsageError(`"${name}" cannot be read: ${messageOf(error)}`);
}

/** The pictures that come with flawline. */
export function sampleFiles(): Promise<string[]> {
  return pictureFiles([join(packageRoot, 'models', 'samples')], packageRoot);
}

/**
 * The topic that `feed` and `verify` publish pictures to: the one that is given, else the first of source.topics that has no
 * wildcard; of a shared subscription that which is shared, as `$share/…` itself is nobody's topic.
 * @throws {UsageError} when there is none, or the given one has wildcards
 */
export function pictureTopic(command: string, { source }: Pick<Config, 'source'>, given: string | undefined): string {
  const topic = given ?? source.topics.map(subscribedFilter).find(isTopicName);
  if (topic === undefined) {
    throw new UsageError(`${command} needs --topic TOPIC without wildcards, as source.topics has none`);
  }
  if (!isTopicName(topic)) throw new UsageError(`--topic takes a topic without wildcards: "${topic}" has some`);
  return topic;
}
