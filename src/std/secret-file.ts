import { readFileSync } from 'node:fs';

/** The text of a secret file without the line break that editors leave at its end. @throws {Error} of the file system */
export function readSecretFile(path: string): string {
  return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
}
