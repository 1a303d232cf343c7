/** Debian's Chromium, headless, for tests of the page. */
import { after } from 'node:test';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { findChromium } from './find-chromium.js';

/** The `skip` of tests that need a browser: false, or the reason to print. */
export const browserMissing: string | false =
  findChromium() === undefined ? 'chromium is not installed (apt-get install chromium)' : false;

export interface TestPage extends AsyncDisposable {
  readonly page: Page;
  /** Everything the page complained about: errors of scripts, and what its policy refused. */
  readonly complaints: readonly string[];
}

/** One browser a test file: starting it takes longer than most tests of the page. */
let browser: Promise<Browser> | undefined;
after(async () => (await browser)?.close());

/** A page with storage, cookies and cache of its own; not yet anywhere. */
export async function openPage(options: BrowserContextOptions = {}): Promise<TestPage> {
  browser ??= launch();
  const context = await (await browser).newContext(options);
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  return { page, complaints, [Symbol.asyncDispose]: () => context.close() };
}

function launch(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error(String(browserMissing));
  // Without its own sandbox it runs as root too, as in a container; it loads nothing but our page.
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}
