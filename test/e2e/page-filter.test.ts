/**
 * What somebody looks for on the live page: one camera, what has defects, what a dead letter means. What would go wrong: a list
 * that is empty without a word, a code that nobody understands at night, a topic of which a phone shows five letters.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { brokerMissing, startBroker } from '../support/broker/broker.js';
import { connectClient } from '../support/broker/client.js';
import { browserMissing, openPage, type TestPage } from '../support/browser.js';
import { pictureMessage } from '../support/pictures/payloads.js';
import { startTestService } from '../support/service/service.js';

const DEFECTIVE = pictureMessage('images/syn_1280x960.jpg');
const CLEAN = pictureMessage();
const PHONE = { viewport: { width: 375, height: 800 } };

/** A page on which two cameras have sent something: left a defect and rubbish, right a clean picture. */
async function withPage(options: Parameters<typeof openPage>[0], use: (tab: TestPage) => Promise<void>): Promise<void> {
  await using broker = await startBroker();
  const env = { FLAWLINE_SOURCE_TOPICS: 'line/+/camera', FLAWLINE_CAMERAS_BY: 'topic[1]' };
  await using service = await startTestService({ brokerUrl: broker.url, env });
  await using publisher = await connectClient(broker.url);
  await publisher.publish('line/left/camera', DEFECTIVE);
  await publisher.publish('line/left/camera', 'rubbish');
  await publisher.publish('line/right/camera', CLEAN);
  await using tab = await openPage(options);
  await tab.page.goto(service.service.http.url);
  await tab.page.locator('#list li').nth(1).waitFor();
  await tab.page.locator('#dead li').waitFor();
  await tab.page.locator('#cameras tbody tr').nth(1).waitFor();
  await use(tab);
  assert.deepEqual(tab.complaints, []);
}

describe('the live page, for who looks for something', { skip: brokerMissing || browserMissing }, () => {
  it('lists what has defects, of all cameras or of one, and says when that is nothing', async () => {
    await withPage({}, async ({ page }) => {
      const topics = () => page.locator('#list li:visible span:nth-child(3)').allTextContents();
      await page.locator('#only-defects').click();
      assert.deepEqual(await topics(), ['line/left/camera']);
      await page.locator('#cameras button', { hasText: 'right' }).click();
      await page.locator('#results-title', { hasText: 'Last results of right' }).waitFor();
      assert.deepEqual(await topics(), []);
      assert.equal(
        await page.locator('#none-listed').textContent(),
        'None of the last results is of right and with defects.',
      );
      await page.locator('#only-defects').click();
      assert.deepEqual(await topics(), ['line/right/camera']);
      assert.equal(await page.locator('#none-listed').isVisible(), false);
    });
  });

  it('says what the code of a dead letter means, what to do, and how it comes back', async () => {
    await withPage({}, async ({ page }) => {
      const item = (await page.locator('#dead li').textContent()) ?? '';
      assert.match(item, /The message is neither JSON with a picture, nor a picture or its base64\./);
      assert.match(item, /What to do: send a JSON object, or the bytes of a picture, on this topic\./);
      assert.match((await page.locator('#dead-next').textContent()) ?? '', /flawline replay publishes those again/);
    });
  });

  it('shows the whole topic on a phone, on a line of its own', async () => {
    await withPage(PHONE, async ({ page }) => {
      const isWhole = `(() => {
        const { scrollWidth, clientWidth } = document.querySelector('#list li span:nth-child(3)');
        return scrollWidth <= clientWidth;
      })()`;
      assert.equal(await page.evaluate(isWhole), true);
      assert.equal(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), true);
    });
  });
});
