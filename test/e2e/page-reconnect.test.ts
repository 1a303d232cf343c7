/**
 * The live page when the service goes and comes back. What would go wrong: a page that stays dead behind a proxy, a result
 * that is listed twice, a picture of the process before under the words of the new one.
 */
import assert from 'node:assert/strict';
import { request as ask, createServer, type RequestListener, type Server } from 'node:http';
import { describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { freePort } from '../../src/std/loopback.js';
import { result, serve } from '../integration/http/serve.js';
import { browserMissing, openPage } from '../support/browser.js';

async function jpegOf(colour: string): Promise<Uint8Array> {
  return sharp({ create: { width: 64, height: 32, channels: 3, background: colour } })
    .jpeg()
    .toBuffer();
}

function pictured(id: string, jpeg: Uint8Array) {
  return { ...result(id), picture: { heldBytes: 1, render: 'pair' as const, read: () => jpeg } };
}

/** Red, green and blue in the middle of the left half of the shown pair. */
async function shownColour(page: Page): Promise<number[]> {
  return page.evaluate(
    `[...document.querySelector('#picture').getContext('2d').getImageData(8, 8, 1, 1).data].slice(0, 3)`,
  );
}

async function listen(port: number, answer: RequestListener): Promise<Server & AsyncDisposable> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return Object.assign(server, {
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

describe('the live page after a restart', { skip: browserMissing }, () => {
  it('shows the pictures of the new process, not those of the one before with the same numbers', async () => {
    const port = await freePort();
    const first = await serve({ port });
    first.recent.add(pictured('old', await jpegOf('#ff0000')));
    await using tab = await openPage();
    await tab.page.goto(first.url);
    await tab.page.locator('#picture').waitFor();
    await tab.page.locator('[data-view="pair"]').click();
    assert.ok(((await shownColour(tab.page))[0] ?? 0) > 200, 'the first process’s picture is red');
    await first.server.close();
    await using second = await serve({ port });
    second.recent.add(pictured('new', await jpegOf('#0000ff')));
    await tab.page.locator('#measures dd', { hasText: /^new$/ }).waitFor();
    assert.ok(((await shownColour(tab.page))[2] ?? 0) > 200, 'the second process’s picture is blue');
  });

  it('connects again after an answer that is no stream, as a proxy gives it meanwhile', async () => {
    const port = await freePort();
    const first = await serve({ port });
    first.recent.add(result('a'));
    await using tab = await openPage();
    await tab.page.goto(first.url);
    await tab.page.locator('#list li').waitFor();
    await first.server.close();
    {
      let asked = (): void => undefined;
      const isAsked = new Promise<void>((resolve) => {
        asked = resolve;
      });
      await using _proxy = await listen(port, (_request, response) => {
        response.writeHead(502).end();
        asked();
      });
      await isAsked;
    }
    await using second = await serve({ port });
    second.recent.add(result('b'));
    await tab.page.locator('#measures dd', { hasText: /^b$/ }).waitFor();
  });

  it('lists a result once when a new connection brings it again', async () => {
    await using proxied = await serve();
    const port = await freePort();
    proxied.recent.add(result('a'));
    let isAway = false;
    await using proxy = await listen(port, (request, response) => {
      if (isAway) response.writeHead(502).end();
      else {
        const forward = ask(`${proxied.url}${request.url}`, (answer) => {
          response.writeHead(answer.statusCode ?? 500, answer.headers);
          answer.on('error', () => undefined).pipe(response);
        });
        forward.on('error', () => response.destroy()).end();
      }
    });
    await using tab = await openPage();
    await tab.page.goto(`http://127.0.0.1:${port}/`);
    await tab.page.locator('#list li').waitFor();
    isAway = true;
    proxy.closeAllConnections();
    await tab.page.locator('#readiness', { hasText: 'no connection' }).waitFor();
    isAway = false;
    proxied.recent.add(result('b'));
    await tab.page.locator('#measures dd', { hasText: /^b$/ }).waitFor();
    assert.equal(await tab.page.locator('#list li').count(), 2);
  });
});
