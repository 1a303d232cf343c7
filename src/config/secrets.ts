/** Secrets that are given as files, as container platforms do. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** Key of a secret → key of the file that may hold it instead. */
export const SECRET_FILES: Readonly<Record<string, string>> = {
  'mqtt.password': 'mqtt.passwordFile',
  'sink.password': 'sink.passwordFile',
  'http.token': 'http.tokenFile',
};

/** The text of a secret file without the line break at its end, or why there is none, as "must …". */
export function readSecret(cwd: string, path: string): { readonly secret: string } | { readonly rule: string } {
  try {
    const secret = readFileSync(resolve(cwd, path), 'utf8').replace(/\r?\n$/, '');
    return secret === '' ? { rule: 'must hold the secret, but is empty' } : { secret };
  } catch {
    return { rule: 'must be a readable file' };
  }
}
