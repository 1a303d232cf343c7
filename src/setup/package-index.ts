/** Fetching by Node itself, for machines without pip: from a folder of wheels or a simple index. */
import { createWriteStream, existsSync, readFileSync, statSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { get, type HttpSettings, printable, proxyChoice, transferError } from './http-get.js';
import { PACKAGE, type WheelPin } from './pins.js';
import { readPipSettings } from './pip.js';
import type { SetupReporter } from './reporter.js';

/** A slow mirror may think, a dead one must not hold the set-up. */
const TIMEOUT_MS = 60_000;

/** Downloads the wheel into the folder. @throws {Error} that names every index tried and what it said */
export async function downloadByNode(
  pin: WheelPin,
  folder: string,
  env: NodeJS.ProcessEnv,
  reporter: SetupReporter,
): Promise<string> {
  const { indexUrls, findLinks, certFile, proxy } = readPipSettings(env);
  const target = join(folder, pin.fileName);
  const local = findLinks.map(folderOf).find((path) => path !== undefined && existsSync(join(path, pin.fileName)));
  if (local !== undefined) {
    await copyFile(join(local, pin.fileName), target);
    return target;
  }
  const settings: HttpSettings = {
    ca:
      certFile !== undefined && statSync(certFile, { throwIfNoEntry: false })?.isFile()
        ? readFileSync(certFile, 'utf8')
        : undefined,
    proxyFor: proxyChoice(env, proxy),
    timeoutMs: TIMEOUT_MS,
  };
  const failures: string[] = [];
  for (const indexUrl of indexUrls) {
    try {
      reporter.line(`asking ${printable(new URL(indexUrl))}`);
      const wheelUrl = await findWheel(indexUrl, pin.fileName, settings);
      await download(wheelUrl, target, pin, settings, reporter);
      return target;
    } catch (error) {
      failures.push(error instanceof Error ? error.message || error.name : String(error));
    }
  }
  throw new Error(failures.length === 0 ? 'no package index is configured' : failures.join('; '));
}

/**
 * The address that an index gives for a file. @see
 * https://packaging.python.org/en/latest/specifications/simple-repository-api/
 */
async function findWheel(indexUrl: string, fileName: string, settings: HttpSettings): Promise<URL> {
  const page = new URL(`${indexUrl.replace(/\/+$/, '')}/${PACKAGE}/`);
  const { body, url } = await get(page, 'text/html', settings);
  const html = await text(body);
  for (const [, href = ''] of html.matchAll(/<a\s[^>]*?href\s*=\s*["']([^"']*)["']/gi)) {
    const link = new URL(href.replaceAll('&amp;', '&'), url);
    if (decodeURIComponent(link.pathname.split('/').at(-1) ?? '') !== fileName) continue;
    // The listing's credentials are the files' too, as long as they are on the same host.
    if (link.host === page.host && link.username === '')
      [link.username, link.password] = [page.username, page.password];
    return link;
  }
  throw new Error(`${printable(page)} does not list ${fileName}`);
}

async function download(
  from: URL,
  to: string,
  pin: WheelPin,
  settings: HttpSettings,
  reporter: SetupReporter,
): Promise<void> {
  const { body } = await get(from, 'application/octet-stream, */*', settings);
  const progress = reporter.progress(`downloading ${pin.fileName}`, pin.sizeBytes);
  let received = 0;
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      received += chunk.length;
      progress.add(chunk.length);
      done(
        received > pin.sizeBytes ? new Error(`${printable(from)} is longer than ${pin.sizeBytes} bytes`) : null,
        chunk,
      );
    },
  });
  try {
    await pipeline(body, meter, createWriteStream(to));
  } catch (error) {
    throw received > pin.sizeBytes ? error : transferError(error, from, settings);
  } finally {
    progress.stop();
  }
}

function folderOf(link: string): string | undefined {
  if (link.startsWith('/')) return link;
  return link.startsWith('file://') ? fileURLToPath(link) : undefined;
}
