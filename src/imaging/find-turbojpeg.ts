import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Names by which distributions install it: the API of version 2 has had this soname since 2010. */
const FILE_NAMES = ['libturbojpeg.so.0', 'libturbojpeg.so'];

const TRIPLETS: Readonly<Partial<Record<NodeJS.Architecture, string>>> = {
  x64: 'x86_64-linux-gnu',
  arm64: 'aarch64-linux-gnu',
};

/**
 * Absolute path of the system's libturbojpeg, or undefined. Only the loader's own directories are searched, so no
 * library of a foreign place is ever loaded.
 */
export function findTurbojpeg(directories: readonly string[] = systemDirectories()): string | undefined {
  for (const directory of directories) {
    for (const name of FILE_NAMES) {
      const path = join(directory, name);
      if (existsSync(path)) return path;
    }
  }
  return undefined;
}

function systemDirectories(): readonly string[] {
  const triplet = TRIPLETS[process.arch];
  const multiarch = triplet === undefined ? [] : [`/usr/lib/${triplet}`, `/lib/${triplet}`];
  return ['/usr/local/lib', ...multiarch, '/usr/lib64', '/usr/lib', '/opt/libjpeg-turbo/lib64'];
}
