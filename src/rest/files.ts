/** Files that a call may name: below catalogue.path/uploads and the folders of rest.files, nothing else and from nowhere else. */
import { realpath, stat } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CODE, RestError } from './rest-error.js';

export interface FileDoor {
  /** Absolute path of the file. @throws {RestError} in eKuiper's form */
  open(uri: string): Promise<string>;
}

/** @param folders absolute paths */
export function createFileDoor(folders: readonly string[]): FileDoor {
  return {
    async open(uri) {
      if (uri === '') throw refusal(`invalid uri ${uri}`);
      const fail = (reason: string) => refusal(`fail to download file ${uri}: ${reason}`);
      const path = pathOf(uri);
      if (path === undefined) throw fail('only file:///PATH is taken, nothing is fetched from elsewhere');
      const real = await realpath(path).catch(() => undefined);
      const roots = await Promise.all(
        folders.map(async (folder) => await realpath(folder).catch(() => resolve(folder))),
      );
      const isInside = (inner: string) =>
        roots.some((root) => inner.startsWith(root.endsWith(sep) ? root : `${root}${sep}`));
      if (!isInside(real ?? resolve(path))) {
        throw fail('it must be in catalogue.path/uploads (POST /config/uploads) or in a folder of the key rest.files');
      }
      if (real === undefined) throw fail(`stat ${path}: no such file or directory`);
      if (!(await stat(real)).isFile()) throw fail(`${path} must be a file`);
      return real;
    },
  };
}

function pathOf(uri: string): string | undefined {
  if (!/^file:\/\//i.test(uri)) return undefined;
  try {
    return fileURLToPath(uri);
  } catch {
    return undefined;
  }
}

function refusal(message: string): RestError {
  return new RestError(CODE.undefined, message);
}
