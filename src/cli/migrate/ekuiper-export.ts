/** Streams and rules of a running eKuiper, from `GET /data/export` or a file with what that gave. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { isMapping } from '../../std/checks.js';
import { messageOf, ServiceError } from '../../std/errors.js';

export interface EkuiperExport {
  /** CREATE STREAM … by name. */
  readonly streams: ReadonlyMap<string, string>;
  /** JSON by id. */
  readonly rules: ReadonlyMap<string, string>;
  readonly plugins: readonly string[];
  /** What else is in it, by its own name. */
  readonly others: readonly string[];
}

const MAX_BYTES = 64 * 2 ** 20;
const TIMEOUT_MS = 30_000;
const KNOWN = ['streams', 'rules', 'portablePlugins', 'nativePlugins'];

/** @param source URL of its REST interface, or a file. @throws {ServiceError} ERR_CONFIG */
export async function readExport(source: string, cwd: string): Promise<EkuiperExport> {
  const text = /^https?:\/\//.test(source)
    ? await ask(source)
    : await readFile(resolve(cwd, source), 'utf8').catch(failed(source));
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch (error) {
    return failed(source)(error);
  }
  if (!isMapping(given) || !isMapping(given['streams']) || !isMapping(given['rules'])) {
    return failed(source)(new Error('it has no streams and rules'));
  }
  const texts = (value: unknown) =>
    new Map(
      Object.entries(isMapping(value) ? value : {}).map(([id, each]) => [
        id,
        typeof each === 'string' ? each : JSON.stringify(each),
      ]),
    );
  return {
    streams: texts(given['streams']),
    rules: texts(given['rules']),
    plugins: [...texts(given['portablePlugins']).keys(), ...texts(given['nativePlugins']).keys()],
    others: Object.entries(given)
      .filter(([name, value]) => !KNOWN.includes(name) && isMapping(value) && Object.keys(value).length > 0)
      .map(([name]) => name),
  };
}

async function ask(url: string): Promise<string> {
  try {
    const response = await fetch(new URL('data/export', url.endsWith('/') ? url : `${url}/`), {
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`it answers ${response.status}: ${text.trim().slice(0, 200)}`);
    if (text.length > MAX_BYTES) throw new Error(`it has more than ${MAX_BYTES} characters`);
    return text;
  } catch (error) {
    return failed(url)(error);
  }
}

function failed(source: string): (cause: unknown) => never {
  return (cause) => {
    const text = `Cannot read what eKuiper has as ${source} must be its REST address or a file of GET /data/export: ${messageOf(cause)}`;
    throw new ServiceError('ERR_CONFIG', text, { cause, details: { source } });
  };
}
