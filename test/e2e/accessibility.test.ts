/**
 * The live page without a mouse and without eyes: what the keyboard reaches, what a screen reader is told, what can be read.
 * What would go wrong: a control that only a pointer finds, a picture without words, grey on grey.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { brokerMissing, startBroker } from '../support/broker/broker.js';
import { connectClient } from '../support/broker/client.js';
import { browserMissing, openPage } from '../support/browser.js';
import { pictureMessage } from '../support/pictures/payloads.js';
import { startTestService, type TestService } from '../support/service/service.js';
import { lowContrast } from './contrast.js';

const PICTURES = 3;

async function withPage<T>(
  options: Parameters<typeof openPage>[0],
  use: (page: Page, service: TestService) => Promise<T>,
): Promise<T> {
  await using broker = await startBroker();
  const env = { FLAWLINE_HTTP_INSPECT: 'true', FLAWLINE_CAMERAS_BY: 'topic' };
  await using service = await startTestService({ brokerUrl: broker.url, env });
  await using publisher = await connectClient(broker.url);
  for (let n = 0; n < PICTURES; n += 1) {
    await publisher.publish('openvino_demo', pictureMessage('images/syn_1280x960.jpg'));
  }
  await publisher.publish('openvino_demo', 'no picture');
  await using tab = await openPage(options);
  await tab.page.goto(service.service.http.url);
  await tab.page.locator('#picture').waitFor();
  await tab.page
    .locator('#list li')
    .nth(PICTURES - 1)
    .waitFor();
  await tab.page.locator('#dead li').waitFor();
  await tab.page.locator('#cameras tbody button').waitFor();
  await tab.page.locator('#readiness', { hasText: /^ready$/ }).waitFor();
  return await use(tab.page, service);
}

/** Role and name of what has the focus, as a screen reader is told; times and milliseconds as T and N. */
async function focused(page: Page): Promise<string> {
  const snapshot = await page.locator(':focus').ariaSnapshot();
  const [, role = ''] = /^- '?(\w+ "[^"]*"(?: \[\w+\])?)/.exec(snapshot) ?? [];
  return role.replace(/\d+:\d+:\d+ [AP]M/, 'T').replace(/\d+ ms/, 'N ms');
}

const ROW = 'button "T: 3 defects, topic openvino_demo, rule default, N ms"';

describe('the live page, by keyboard and screen reader', { skip: brokerMissing || browserMissing }, () => {
  it('reaches every control by Tab, each with a role, a name and a mark where the focus is', async () => {
    await withPage({}, async (page) => {
      const seen: string[] = [];
      for (;;) {
        await page.keyboard.press('Tab');
        if ((await page.locator(':focus').count()) === 0) break;
        seen.push(await focused(page));
        const outline = await page.evaluate(
          'getComputedStyle(document.activeElement.closest("label") ?? document.activeElement).outlineStyle',
        );
        assert.equal(outline, 'solid', seen.at(-1));
      }
      assert.deepEqual(seen, [
        'button "Overlay" [pressed]',
        'button "Side by side"',
        'button "Original"',
        'button "Mask"',
        'button "Inspected picture with its defects marked: 3 defects"',
        'button "Defects only"',
        'button "Pause"',
        ROW,
        'button "openvino_demo"',
        'button "Drop a picture here, or choose one. Nothing is published."',
        'textbox "Predicate to try (optional)"',
      ]);
    });
  });

  it('goes through the results by arrow keys, and comes back to the row it left', async () => {
    await withPage({}, async (page) => {
      const rowInFocus = () => page.locator(':focus').getAttribute('data-n');
      await page.locator('#pause').focus();
      await page.keyboard.press('Tab');
      assert.equal(await rowInFocus(), '3');
      await page.keyboard.press('ArrowDown');
      assert.equal(await rowInFocus(), '2');
      await page.keyboard.press('Tab');
      await page.keyboard.press('Shift+Tab');
      assert.equal(await rowInFocus(), '2');
    });
  });

  it('opens the dialog on its button, and gives the focus back', async () => {
    await withPage({}, async (page) => {
      await page.locator('#enlarge').press('Enter');
      await page.locator('#full[open]').waitFor();
      assert.equal(await focused(page), 'button "Close"');
      await page.keyboard.press('Escape');
      assert.equal(await page.evaluate('document.activeElement.id'), 'enlarge');
    });
  });

  it('has landmarks, headings and words for what is only drawn', async () => {
    await withPage({}, async (page) => {
      await page.getByText('3 pictures, 3 of them').waitFor(); // the history comes a little after the results
      const snapshot = await page.locator('body').ariaSnapshot();
      const wanted = [
        'banner:',
        'heading "flawline" [level=1]',
        'status: ready',
        'list "State of the parts":',
        'main:',
        'region "Newest result":',
        'group "What to show of the picture":',
        'figure "3 defects":',
        'img "Inspected picture with its defects marked: 3 defects"',
        'region "Last results":',
        'region "Defects, last 10 minutes":',
        'img "Chart of the pictures and of those with defects; in words below"',
        'paragraph: 3 pictures, 3 of them with defects (100.0 %), 9 defects;',
        'region "Dead letters":',
        'region "Try a picture":',
      ];
      assert.deepEqual(
        wanted.filter((line) => !snapshot.includes(line)),
        [],
        snapshot,
      );
    });
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    it(`can be read: contrast of every text, ${colorScheme}`, async () => {
      await withPage({ colorScheme }, async (page, { service }) => {
        assert.deepEqual(await lowContrast(page), []);
        await page.locator('#enlarge').press('Enter');
        await page.locator('#full[open]').waitFor();
        assert.deepEqual(await lowContrast(page), []);
        await page.keyboard.press('Escape');
        await service.stop();
        await page.locator('#readiness', { hasText: 'no connection' }).waitFor();
        assert.deepEqual(await lowContrast(page), []);
      });
    });

    it(`asks for the token in a page that can be read, ${colorScheme}`, async () => {
      await using broker = await startBroker();
      const env = { FLAWLINE_HTTP_TOKEN: 'a-token-of-some-length' };
      await using service = await startTestService({ brokerUrl: broker.url, env });
      await using tab = await openPage({ colorScheme });
      await tab.page.goto(service.service.http.url);
      assert.equal(await tab.page.evaluate('getComputedStyle(document.body).display'), 'grid'); // its style is taken
      // 401 is the page's own; 404 is what every browser asks for by itself, /favicon.ico.
      assert.deepEqual(
        tab.complaints.filter((text) => !/ 40[14] /.test(text)),
        [],
      );
      assert.deepEqual(await lowContrast(tab.page), []);
      await tab.page.keyboard.press('Tab');
      assert.equal(await focused(tab.page), 'textbox "Token"');
    });
  }
});
