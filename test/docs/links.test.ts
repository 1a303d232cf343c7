/** Every link of every page: files and headings of ours must be there; addresses elsewhere must be well formed, and be there. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../src/std/package-root.js';
import { docPages, readPage } from '../support/doc-commands.js';

/** Asking other people's servers is for the workflow, not for every test run of everybody. */
const CHECK = 'FLAWLINE_CHECK_LINKS';
const offline =
  process.env[CHECK] === '1' ? false : `other servers are asked only with ${CHECK}=1, as the workflow does`;
const TIMEOUT_MS = 20_000;

interface Link {
  readonly page: string;
  readonly target: string;
}

const links: readonly Link[] = docPages().flatMap((page) =>
  [...readPage(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => ({ page, target })),
);
const own = links.filter(({ target }) => !/^[a-z]+:/.test(target));
/** Also those that stand in the text as they are; not this machine's, nor examples. */
const addresses = [
  ...new Set(docPages().flatMap((page) => readPage(page).match(/https?:\/\/[^\s)>"'`|\]]+/g) ?? [])),
].filter((url) => !/^https?:\/\/(?:[\w-]+(?::|\/|$)|127\.|.*\.example\b)/.test(url));

/** The words that a heading is called by in a link, as GitHub makes them. */
function anchors(page: string): ReadonlySet<string> {
  const text = readPage(page).replaceAll(/^ *```.*?^ *```/gms, '');
  const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => heading);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

test('no page has the marks of a merge', () => {
  assert.deepEqual(
    docPages().filter((page) => /^(?:<{7}|={7}|>{7})(?: |$)/m.test(readPage(page))),
    [],
  );
});

test('links lead to files that are there', () => {
  assert.ok(own.length > 50);
  const path = ({ page, target }: Link) => join(packageRoot, dirname(page), target.replace(/#.*/, ''));
  assert.deepEqual(
    own.filter((link) => !link.target.startsWith('#') && !existsSync(path(link))),
    [],
  );
});

test('links lead to headings that are there', () => {
  const broken = own.filter(({ page, target }) => {
    const [file = '', anchor] = target.split('#');
    const to = file === '' ? page : join(dirname(page), file);
    return anchor !== undefined && to.endsWith('.md') && !anchors(to).has(anchor);
  });
  assert.deepEqual(broken, []);
});

test('addresses elsewhere are whole and by TLS', () => {
  assert.ok(addresses.length > 3);
  assert.deepEqual(
    addresses.filter((url) => !URL.canParse(url) || !url.startsWith('https://') || /[.,;:]$/.test(url)),
    [],
  );
});

test('addresses elsewhere are there', { skip: offline }, async () => {
  const asked = addresses.map(async (url) => {
    const { status } = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    return [404, 410].includes(status) ? [`${status} ${url}`] : []; // with other codes some turn machines away
  });
  assert.deepEqual((await Promise.all(asked)).flat(), []);
});
