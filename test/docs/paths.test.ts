/** Every path of ours that a page or a comment names is there, and no page counts lines, which nobody would keep true. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../src/std/package-root.js';
import { docPages, readPage } from '../support/doc-commands.js';

interface Named {
  readonly where: string;
  readonly path: string;
}

/** What training and scripts/certs.sh make, which is never committed. */
const MADE = /^(?:training\/(?:runs|\.venv)|deploy\/tls)\b/;
const PATH = /(?<![\w./@-])(?:build\/)?(?:src|test|bench|faults|scripts|training|findings|deploy|\.ci)\/[\w./-]*[\w/]/g;
const COMMENT = /^\s*(?:\/\/|\/?\*|#)/;
const SIZE = /\b\d[\d  ]* lines\b(?! (?:a|each|long))/g;

/** The source that a path of the build is compiled from; any other path as it is. */
function sourceOf(path: string): string {
  return path.startsWith('build/') ? path.replace(/^build\//, '').replace(/\.js$/, '.ts') : path;
}

function namedIn(page: string, text: string): readonly Named[] {
  return text
    .split('\n')
    .flatMap((line, index) => [...line.matchAll(PATH)].map(([path]) => ({ where: `${page}:${index + 1}`, path })));
}

function missing(named: readonly Named[]): readonly Named[] {
  return named.filter(({ path }) => !MADE.test(path) && !existsSync(join(packageRoot, sourceOf(path))));
}

/** The comment lines of a file of code; the others are empty, so that numbers of lines stay right. */
function commentsOf(file: string): string {
  const lines = readPage(file).split('\n');
  return lines.map((line) => (COMMENT.test(line) ? line : '')).join('\n');
}

function trackedCode(): readonly string[] {
  const { stdout } = spawnSync('git', ['ls-files', '-z'], { cwd: packageRoot, encoding: 'utf8', maxBuffer: 2 ** 26 });
  return stdout.split('\0').filter((file) => /\.(?:ts|mjs|js|py|sh|ya?ml|wat)$|^\.ci\/|^Dockerfile/.test(file));
}

test('every path of ours on a page is there', () => {
  const named = docPages().flatMap((page) => namedIn(page, readPage(page)));
  assert.ok(named.length > 80);
  assert.deepEqual(missing(named), []);
});

test('every path of ours in a comment is there', (context) => {
  const files = trackedCode();
  if (files.length === 0) return context.skip('git does not list the files here');
  const named = files
    .filter((file) => existsSync(join(packageRoot, file)))
    .flatMap((file) => namedIn(file, commentsOf(file)));
  assert.ok(named.length > 10);
  assert.deepEqual(missing(named), []);
});

test('no page says how many lines something has', () => {
  const counted = docPages().flatMap(
    (page) =>
      readPage(page)
        .match(SIZE)
        ?.map((text) => `${page}: ${text}`) ?? [],
  );
  assert.deepEqual(counted, []);
});
