/** What would go wrong: a script of somewhere else runs in the page. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask } from '../../support/service/http-client.js';
import { serve } from './serve.js';

test('/ and its files are served with their types, under a policy that allows nothing inline and nothing from elsewhere', async () => {
  await using setting = await serve();
  const types: readonly (readonly [string, string])[] = [
    ['/', 'text/html'],
    ['/live.js', 'text/javascript'],
    ['/style.css', 'text/css'],
    ['/favicon.svg', 'image/svg+xml'],
  ];
  for (const [path, type] of types) {
    const { status, headers } = await ask(`${setting.url}${path}`);
    assert.equal(status, 200, path);
    assert.equal(headers['content-type']?.split(';')[0], type);
    const policy = String(headers['content-security-policy']);
    assert.match(policy, /default-src 'none'.*script-src 'self'.*frame-ancestors 'none'/);
    assert.doesNotMatch(policy, /unsafe|https?:|\*/);
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['referrer-policy'], 'no-referrer');
  }
});

test('the page refers to nothing but its own files, and has no inline script or style', async () => {
  await using setting = await serve();
  const html = (await ask(`${setting.url}/`)).body.toString();
  for (const [, link] of html.matchAll(/(?:src|href)="([^"]*)"/g)) {
    assert.equal((await ask(`${setting.url}${link}`)).status < 404 || link === '/readyz', true, link);
  }
  assert.doesNotMatch(html, /<style|style="|<script(?![^>]*src=)|\son[a-z]+=/);
});
