/**
 * Judging kept pictures in a real browser, on a real service, broker and disk. What would go wrong: a mask is stored that is not
 * the one on the screen, a verdict needs a mouse, a verdict can be given without the token.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { decodeMaskPng } from '../../src/imaging/mask-png.js';
import { type KeptEntry, openKeptFolder } from '../../src/keep/kept-folder.js';
import { brokerMissing, startBroker } from '../support/broker/broker.js';
import { connectClient } from '../support/broker/client.js';
import { browserMissing, openPage } from '../support/browser.js';
import { pictureMessage } from '../support/pictures/payloads.js';
import { startTestService } from '../support/service/service.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';
import { until } from '../support/until.js';
import { lowContrast } from './contrast.js';

const TOKEN = 'a-token-of-some-length';
const AUTHORISED = { Authorization: `Bearer ${TOKEN}` };

interface Scene {
  readonly page: Page;
  readonly url: string;
  readonly complaints: readonly string[];
  readonly folder: TemporaryFolder;
  entries(): Promise<readonly KeptEntry[]>;
  /** Mask that a person gave, as the disk has it. */
  maskOf(entry: KeptEntry | undefined): Promise<Uint8Array>;
}

/** The page with as many kept pictures, and the dialog open. The fake engine finds three defects in each. */
async function judging(count: number, options: Parameters<typeof openPage>[0], use: (scene: Scene) => Promise<void>) {
  await using folder = await makeTemporaryFolder();
  await using broker = await startBroker();
  const env = { FLAWLINE_KEEP_PATH: folder.path, FLAWLINE_KEEP_SHARE: '1', FLAWLINE_HTTP_TOKEN: TOKEN };
  await using service = await startTestService({ brokerUrl: broker.url, env });
  await using publisher = await connectClient(broker.url);
  for (let n = 0; n < count; n += 1) {
    await publisher.publish('openvino_demo', pictureMessage('images/syn_1280x960.jpg', { id: `p${n}` }));
  }
  await until('all are kept', async () => (await service.metric('flawline_kept_total')) === count);
  await using tab = await openPage(options);
  const { url } = service.service.http;
  await tab.page.goto(`${url}?token=${TOKEN}`);
  await tab.page.locator('#judge-open').press('Enter');
  await tab.page.locator('#judge-right:enabled').waitFor();
  const kept = openKeptFolder(folder.path);
  await use({
    page: tab.page,
    url,
    complaints: tab.complaints,
    folder,
    async entries() {
      const { items } = await kept.scan();
      const read = await Promise.all(items.map(({ key }) => kept.read(key)));
      return read.filter((entry) => entry !== undefined);
    },
    maskOf: async (entry) => (await decodeMaskPng(await readFile(join(folder.path, `${entry?.key}.mask.png`)))).data,
  });
}

const says = (page: Page, words: string) => page.locator('#judge-say', { hasText: words }).waitFor();
const white = (mask: Uint8Array) => mask.reduce((sum, value) => sum + (value === 255 ? 1 : 0), 0);

describe('judging kept pictures', { skip: brokerMissing || browserMissing }, () => {
  it('by mouse: right; a region that is no defect; a stroke for one that was missed, with undo and zoom', async () => {
    await judging(3, { viewport: { width: 1280, height: 900 } }, async ({ page, complaints, entries, maskOf }) => {
      await page.locator('#judge-right').click();
      await says(page, 'Saved as right. 2 left.');
      await page.locator('#judge-right:enabled').waitFor();

      const before = await page.locator('#judge-regions button').count();
      const box = await page.locator('#judge-canvas').boundingBox();
      assert.ok(box !== null && before > 0);
      const region = page.locator('#judge-regions button').first(); // it names a pixel of its region
      const at = async (name: string) => (Number(await region.getAttribute(name)) * box.width) / 1280;
      await page.mouse.click(box.x + (await at('data-x')), box.y + (await at('data-y')));
      await says(page, 'Changed');
      assert.equal(await page.locator('#judge-regions button').count(), before - 1);
      assert.equal(await page.locator('#judge-right').isDisabled(), true);
      await page.locator('#judge-save').click();
      await says(page, 'Saved as wrong. 1 left.');
      await page.locator('#judge-right:enabled').waitFor();

      await page.locator('#judge-closer').click();
      await says(page, 'Zoom 150 %');
      await page.locator('#judge-fit').click();
      await page.locator('#judge-none').click();
      await page.locator('#judge-brush').click();
      for (const stroke of [40, 80]) {
        await page.mouse.move(box.x + 100, box.y + stroke);
        await page.mouse.down();
        await page.mouse.move(box.x + 200, box.y + stroke, { steps: 4 });
        await page.mouse.up();
      }
      assert.equal(await page.locator('#judge-regions button').count(), 2);
      await page.locator('#judge-undo').click();
      assert.equal(await page.locator('#judge-regions button').count(), 1);
      await page.locator('#judge-save').click();
      await says(page, 'Nothing is left to judge.');

      const all = await entries();
      const of = (id: string) => all.find((entry) => entry.id === id);
      assert.deepEqual(
        ['p0', 'p1', 'p2'].map((id) => of(id)?.judgement?.verdict),
        ['wrong', 'wrong', 'right'], // newest first
      );
      const [stroke, less, whole] = await Promise.all(['p0', 'p1', 'p2'].map((id) => maskOf(of(id))));
      assert.ok(stroke && less && whole);
      const scale = 1280 / box.width;
      const expected = 100 * scale * 12 + Math.PI * 6 ** 2; // a line with round ends
      assert.ok(Math.abs(white(stroke) - expected) < 0.1 * expected, `${white(stroke)} of ${expected}`);
      assert.ok(white(less) < white(whole));
      assert.deepEqual(complaints, []);
    });
  });

  it('by keyboard alone: brush by arrow keys, regions by their buttons, verdict, and taking it back', async () => {
    await judging(1, {}, async ({ page, entries, maskOf }) => {
      await page.keyboard.press('n');
      await says(page, 'Changed');
      await page.keyboard.press('b');
      for (let tabs = 0; tabs < 20; tabs += 1) {
        await page.keyboard.press('Tab');
        if ((await page.evaluate('document.activeElement.id')) === 'judge-canvas') break;
      }
      await page.keyboard.press('ArrowRight');
      await page.keyboard.press('Space');
      for (let n = 0; n < 5; n += 1) await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Space');
      assert.equal(await page.locator('#judge-regions button').count(), 2);
      await page.locator('#judge-regions button').first().press('Enter');
      assert.equal(await page.locator('#judge-regions button').count(), 1);
      await page.keyboard.press('s');
      await says(page, 'Nothing is left to judge.');
      const [entry] = await entries();
      assert.equal(entry?.judgement?.verdict, 'wrong');
      const dab = white(await maskOf(entry));
      assert.ok(dab > 80 && dab < 150, String(dab));

      await page.locator('#judge-states button', { hasText: /^Judged$/ }).press('Enter');
      await page.locator('#judge-back:enabled').waitFor();
      await page.keyboard.press('t');
      await says(page, 'No picture is judged yet.');
      assert.equal((await entries())[0]?.judgement, undefined);
      await page.keyboard.press('Escape');
      await page.locator('#judge').waitFor({ state: 'hidden' });
      assert.equal(await page.evaluate('document.activeElement.id'), 'judge-open');
    });
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    it(`has names, marks where the focus is, and text that can be read, ${colorScheme}`, async () => {
      await judging(1, { colorScheme, viewport: { width: 375, height: 740 } }, async ({ page }) => {
        assert.deepEqual(await lowContrast(page), []);
        assert.equal(
          await page.evaluate(
            'document.querySelector("#judge").scrollWidth <= document.querySelector("#judge").clientWidth',
          ),
          true,
        );
        const snapshot = await page.locator('#judge').ariaSnapshot();
        const wanted = [
          'heading "Kept picture 1 of 1" [level=2]',
          'group "Which pictures":',
          'group "Mend the mask":',
          'slider "Size"',
          'img "Kept picture with its mask: 3 defects. Arrow keys move the brush, space uses it."',
          'group "Your verdict on the red mask":',
          'list "Regions of the mask":',
          'status',
        ];
        assert.deepEqual(
          wanted.filter((line) => !snapshot.includes(line)),
          [],
          snapshot,
        );
        for (let tabs = 0; tabs < 12; tabs += 1) {
          await page.keyboard.press('Tab');
          const outline = await page.evaluate('getComputedStyle(document.activeElement).outlineStyle');
          assert.equal(outline, 'solid', String(await page.evaluate('document.activeElement.id')));
        }
      });
    });
  }

  it('takes no verdict without the token, from another origin, or that makes no sense', async () => {
    await judging(1, {}, async ({ url, entries }) => {
      const [entry] = await entries();
      const judge = (body: unknown, headers: Record<string, string> = AUTHORISED, key = entry?.key) =>
        fetch(`${url}kept/${key}/judgement`, { method: 'POST', headers, body: JSON.stringify(body) });
      const right = { verdict: 'right' };
      assert.equal((await judge(right, {})).status, 401);
      assert.equal((await fetch(`${url}kept`)).status, 401);
      assert.equal((await judge(right, { ...AUTHORISED, Origin: 'http://elsewhere.example' })).status, 403);
      assert.equal((await judge(right, AUTHORISED, 'default/20200101T000000000Z-x')).status, 404);
      assert.equal((await judge(right, AUTHORISED, 'default/..%2f..')).status, 404);
      for (const body of [
        {},
        { verdict: 'maybe' },
        { verdict: 'wrong' },
        { verdict: 'wrong', mask: { width: 1, height: 1, runs: [2] } },
      ]) {
        const answer = await judge(body);
        assert.deepEqual([answer.status, Object.keys((await answer.json()) as object)], [400, ['error']]);
      }
      assert.equal((await entries())[0]?.judgement, undefined);
      assert.equal((await judge(right)).status, 200);
    });
  });

  it('offers no judging where there is no token, and nothing of it where nothing is kept', async () => {
    await using folder = await makeTemporaryFolder();
    await using broker = await startBroker();
    await using service = await startTestService({ brokerUrl: broker.url, env: { FLAWLINE_KEEP_PATH: folder.path } });
    await using tab = await openPage();
    await tab.page.goto(service.service.http.url);
    await tab.page.locator('#kept-state', { hasText: 'Set http.token to judge them here.' }).waitFor();
    assert.equal(await tab.page.locator('#judge-open').isVisible(), false);
    assert.equal((await fetch(`${service.service.http.url}kept`)).status, 404);
  });
});
