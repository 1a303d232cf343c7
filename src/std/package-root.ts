/** Where the package is, in a checkout as in node_modules, and what it says about itself. Read once, like the code. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const NAME = 'flawline';

interface Package {
  readonly root: string;
  readonly version: string;
  /** The least version of Node, as in `engines`: `20.19`. */
  readonly leastNode: string;
}

const own = findPackage(import.meta.url);

/** Absolute path of the package's own folder, where `models`, `config` and `runtime` are. */
export const packageRoot = own.root;
/** Of package.json. */
export const version = own.version;
export const leastNode = own.leastNode;
/** The files of the live page. */
export const webFolder = join(own.root, 'src/web');

/**
 * The nearest folder above a module that has the package's package.json.
 *
 * @param moduleUrl `import.meta.url` of a module of the package.
 * @throws {Error} when there is none: the files were taken out of their package.
 */
export function findPackage(moduleUrl: string): Package {
  const start = dirname(fileURLToPath(moduleUrl));
  for (let root = start; ; root = dirname(root)) {
    const found = readPackage(join(root, 'package.json'));
    if (found?.name === NAME) {
      const leastNode = String(found.engines?.node).replace('>=', '');
      return { root, version: String(found.version), leastNode };
    }
    if (root === dirname(root)) {
      throw new Error(`Cannot find the package's folder as package.json of "${NAME}" must be above ${start}`);
    }
  }
}

interface PackageFile {
  readonly name?: unknown;
  readonly version?: unknown;
  readonly engines?: { readonly node?: unknown };
}

function readPackage(file: string): PackageFile | undefined {
  try {
    const content: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return typeof content === 'object' && content !== null ? content : undefined;
  } catch {
    return undefined; // not there, or another's
  }
}
