/** Which runtime was seen to work, so that a set-up need not try it at each start. */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ownFolder, type Place } from './runtime-locations.js';

const FILE = 'tried.json';

/** True when this very file was tried and worked. */
export function isTried(packageRoot: string, place: Place): boolean {
  try {
    return readFileSync(join(ownFolder(packageRoot), FILE), 'utf8') === markOf(place);
  } catch {
    return false; // never tried, or it is gone
  }
}

/** Where it cannot be written, as in a read-only image, the next set-up tries again. */
export function markTried(packageRoot: string, place: Place): void {
  try {
    writeFileSync(join(ownFolder(packageRoot), FILE), markOf(place));
  } catch {}
}

function markOf({ library, path }: Place): string {
  const file = library ?? path;
  const { size, mtimeMs } = statSync(file);
  return JSON.stringify({ file, size, mtimeMs });
}
