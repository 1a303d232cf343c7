/** Debian's Chromium, headless, for tests of the page. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type BrowserContextOptions, chromium, type Page } from 'playwright-core';

/** The `skip` of tests that need a browser: false, or the reason to print. */
export const browserMissing: string | false =
  findChromium() === undefined ? 'chromium is not installed (apt-get install chromium)' : false;

export interface TestPage extends AsyncDisposable {
  readonly page: Page;
  /** Everything the page complained about: errors of scripts, and what its policy refused. */
  readonly complaints: readonly string[];
}

/** A browser of its own with one page; not yet anywhere. */
export async function openPage(options: BrowserContextOptions = {}): Promise<TestPage> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error(String(browserMissing));
  // Without its own sandbox it runs as root too, as in a container; it loads nothing but our page.
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
  const page = await browser.newPage(options);
  page.setDefaultTimeout(20_000);
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  return { page, complaints, [Symbol.asyncDispose]: () => browser.close() };
}

function findChromium(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders
    .flatMap((folder) => ['chromium', 'chromium-browser', 'google-chrome'].map((name) => join(folder, name)))
    .find((path) => existsSync(path));
}
