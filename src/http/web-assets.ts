/** The files of the live page, read once: a name that is not in this list is not served. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MEASURE_ROWS } from '../domain/measures.js';

export interface WebAsset {
  readonly contentType: string;
  readonly body: Uint8Array;
}

export interface UnlockPage extends WebAsset {
  /** Digest of the text in its `style` element, base64. */
  readonly styleSha256: string;
}

export interface WebAssets {
  /** Asks for the token when one is configured and not given yet. Refers to no other file, as those need the token. */
  readonly unlockPage: UnlockPage;
  /** The key is the path of the URL. */
  readonly byPath: ReadonlyMap<string, WebAsset>;
}

const HTML = 'text/html; charset=utf-8';
const SCRIPT = 'text/javascript; charset=utf-8';
const FILES: readonly (readonly [path: string, file: string, contentType: string])[] = [
  ['/', 'index.html', HTML],
  ...[
    'live',
    'cameras',
    'catalogue',
    'chart',
    'dead-letters',
    'dom',
    'dry-run',
    'filter',
    'picture',
    'results',
    'shown',
    'status',
  ].map((name) => [`/${name}.js`, `${name}.js`, SCRIPT] as const),
  ...['kept', 'judge-canvas', 'mask-edit'].map((name) => [`/${name}.js`, `${name}.js`, SCRIPT] as const),
  ['/catalogue.css', 'catalogue.css', 'text/css; charset=utf-8'],
  ['/kept.css', 'kept.css', 'text/css; charset=utf-8'],
  ['/style.css', 'style.css', 'text/css; charset=utf-8'],
  ['/favicon.svg', 'favicon.svg', 'image/svg+xml'],
];

/** @param folder the package's `src/web`. */
export async function loadWebAssets(folder: string): Promise<WebAssets> {
  const load = async (file: string, contentType: string): Promise<WebAsset> => ({
    contentType,
    body: await readFile(join(folder, file)),
  });
  const entries = FILES.map(async ([path, file, contentType]) => [path, await load(file, contentType)] as const);
  const unlockPage = await load('unlock.html', HTML);
  const [, style = ''] = /<style>(.*?)<\/style>/s.exec(Buffer.from(unlockPage.body).toString()) ?? [];
  return {
    unlockPage: { ...unlockPage, styleSha256: createHash('sha256').update(style).digest('base64') },
    byPath: new Map([...(await Promise.all(entries)), ['/measures.js', measuresScript()]]),
  };
}

/** The page lists what the table of measures gives it. */
function measuresScript(): WebAsset {
  const terms = MEASURE_ROWS.flatMap(([name, { term }]) => (term === undefined ? [] : [{ name, ...term }]));
  return { contentType: SCRIPT, body: Buffer.from(`export const TERMS = ${JSON.stringify(terms)};\n`) };
}
