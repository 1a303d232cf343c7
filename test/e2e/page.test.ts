/**
 * The live page in a real browser, on a real service and broker. What would go wrong: a page that its own policy breaks, a
 * message that becomes HTML, a list that grows for ever, a state that nobody can see.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { brokerMissing, startBroker, type TestBroker } from '../support/broker/broker.js';
import { connectClient } from '../support/broker/client.js';
import { browserMissing, openPage } from '../support/browser.js';
import { pictureMessage } from '../support/pictures/payloads.js';
import { startTestService } from '../support/service/service.js';
import { readVectorFile } from '../vectors/load-vectors.js';

/** One level of any text: results go to more than one. */
const ANY_TOPIC = { FLAWLINE_SOURCE_TOPICS: '+' };
const LINE = 'line <b id="injected">1';

async function publish(broker: TestBroker, payloads: readonly string[], topic = LINE): Promise<void> {
  await using publisher = await connectClient(broker.url);
  for (const payload of payloads) await publisher.publish(topic, payload);
}

const text = (page: Page, selector: string) => page.locator(selector).textContent();

/** Resolves when the element's text has `wanted`. */
async function shows(page: Page, selector: string, wanted: string): Promise<void> {
  await page.locator(selector, { hasText: wanted }).waitFor();
}

/** As a browser does it when a file is let go over the element. */
async function dropOn(page: Page, selector: string, file: Buffer): Promise<void> {
  const transfer = await page.evaluateHandle(`(() => {
    const bytes = Uint8Array.from(atob('${file.toString('base64')}'), (c) => c.charCodeAt(0));
    const transfer = new DataTransfer();
    transfer.items.add(new File([bytes], 'picture.jpg'));
    return transfer;
  })()`);
  await page.locator(selector).dispatchEvent('drop', { dataTransfer: transfer });
}

describe('the live page', { skip: brokerMissing || browserMissing }, () => {
  it('shows results, pictures and dead letters as they come, as text, without a complaint', async () => {
    await using broker = await startBroker();
    await using service = await startTestService({ brokerUrl: broker.url, env: ANY_TOPIC });
    await using tab = await openPage();
    await tab.page.goto(service.service.http.url);
    await shows(tab.page, '#readiness', 'ready');
    await publish(broker, [pictureMessage('images/syn_1280x960.jpg'), '{"<i>": 1}']);
    await tab.page.locator('#list li').waitFor();
    await tab.page.locator('#picture').waitFor();
    await shows(tab.page, '#dead', 'ERR_PAYLOAD_FIELD');
    assert.equal(await text(tab.page, '#list li span:nth-child(3)'), LINE);
    assert.equal(await tab.page.locator('#injected').count(), 0);
    await shows(tab.page, '#chart-text', '1 pictures');
    assert.deepEqual(tab.complaints, []);
  });

  it('has a line for each camera, and lists the results of the one that is chosen', async () => {
    await using broker = await startBroker();
    const env = { ...ANY_TOPIC, FLAWLINE_CAMERAS_BY: 'topic' };
    await using service = await startTestService({ brokerUrl: broker.url, env });
    await using tab = await openPage();
    await tab.page.goto(service.service.http.url);
    await publish(broker, [pictureMessage('images/syn_1280x960.jpg'), '{"<i>": 1}'], 'left');
    await publish(broker, [pictureMessage('images/syn_1280x960.jpg')], 'right');
    await tab.page.locator('#cameras tbody tr:nth-child(2)').waitFor();
    assert.deepEqual(await tab.page.locator('#cameras tbody th').allTextContents(), ['left', 'right']);
    await shows(tab.page, '#cameras tbody tr:nth-child(1)', 'ERR_PAYLOAD_FIELD');
    await tab.page.locator('#cameras button', { hasText: 'right' }).click();
    await tab.page.locator('#cameras button[aria-pressed="true"]', { hasText: 'right' }).waitFor();
    assert.equal(await tab.page.locator('#list li:visible').count(), 1);
    assert.equal(await text(tab.page, '#list li:visible span:nth-child(3)'), 'right');
    await tab.page.locator('#cameras button', { hasText: 'right' }).click();
    assert.equal(await tab.page.locator('#list li:visible').count(), 2);
    assert.deepEqual(tab.complaints, []);
  });

  it('opens the picture at its own size with every measure, and closes by Escape', async () => {
    await using broker = await startBroker();
    await using service = await startTestService({ brokerUrl: broker.url, env: ANY_TOPIC });
    await publish(broker, [pictureMessage('images/syn_1280x960.jpg')]);
    await using tab = await openPage();
    await tab.page.goto(service.service.http.url);
    await tab.page.locator('#picture').waitFor();
    await tab.page.locator('#enlarge').press('Enter');
    await tab.page.locator('#full-picture[width="1280"]').waitFor();
    assert.match((await text(tab.page, '#full-measures')) ?? '', /score/);
    await tab.page.keyboard.press('Escape');
    await tab.page.locator('#full').waitFor({ state: 'hidden' });
  });

  it('goes through its views by buttons, and through the list by arrow keys', async () => {
    await using broker = await startBroker();
    await using service = await startTestService({ brokerUrl: broker.url, env: ANY_TOPIC });
    await publish(broker, [pictureMessage(), pictureMessage('images/syn_grey.jpg')]);
    await using tab = await openPage();
    await tab.page.goto(service.service.http.url);
    await tab.page.locator('#picture').waitFor();
    for (const view of ['Side by side', 'Original', 'Mask', 'Overlay']) {
      await tab.page.getByRole('button', { name: view, exact: true }).click();
      assert.equal(
        await tab.page.getByRole('button', { name: view, exact: true }).getAttribute('aria-pressed'),
        'true',
      );
    }
    await tab.page.locator('#list button').first().focus();
    await tab.page.keyboard.press('ArrowDown');
    await tab.page.keyboard.press('Enter');
    await shows(tab.page, '#shown-title', 'Result 1');
  });

  it('holds new results back while it is paused, and shows them afterwards', async () => {
    await using broker = await startBroker();
    await using service = await startTestService({ brokerUrl: broker.url, env: ANY_TOPIC });
    await using tab = await openPage();
    await tab.page.goto(service.service.http.url);
    await shows(tab.page, '#readiness', 'ready');
    await tab.page.keyboard.press('p');
    await publish(broker, [pictureMessage()]);
    await shows(tab.page, '#pause', 'Go on (1 new)');
    assert.equal(await tab.page.locator('#list li').count(), 0);
    await tab.page.keyboard.press('p');
    await tab.page.locator('#list li').waitFor();
  });

  it('keeps the last hundred rows only', async () => {
    await using broker = await startBroker();
    await using service = await startTestService({ brokerUrl: broker.url, env: ANY_TOPIC });
    await using tab = await openPage();
    await tab.page.goto(service.service.http.url);
    await publish(broker, Array<string>(110).fill(pictureMessage('images/syn_3x2.png')));
    await tab.page.locator('#list [data-n="110"]').waitFor();
    assert.equal(await tab.page.locator('#list li').count(), 100);
  });

  it('says that the broker is down, and that the service is gone', async () => {
    await using broker = await startBroker();
    await using service = await startTestService({ brokerUrl: broker.url, env: ANY_TOPIC });
    await using tab = await openPage();
    await tab.page.goto(service.service.http.url);
    await shows(tab.page, '#readiness', 'ready');
    await broker.stop();
    await shows(tab.page, '[data-part="broker"]', 'not connected');
    await shows(tab.page, '#reasons', 'ECONNREFUSED');
    await service.stop();
    await shows(tab.page, '#readiness', 'no connection to the service');
  });

  it('says that the broker forgot the session, and nothing of it before', async () => {
    await using broker = await startBroker();
    await using service = await startTestService({ brokerUrl: broker.url, env: ANY_TOPIC });
    await using tab = await openPage();
    await tab.page.goto(service.service.http.url);
    await shows(tab.page, '#readiness', 'ready');
    assert.equal(await tab.page.locator('#sessions-lost').isVisible(), false);
    await broker.stop();
    await broker.start();
    await shows(tab.page, '#sessions-lost', 'forgot the session of this service once');
    assert.equal(await tab.page.locator('#sessions-lost').isVisible(), true);
    assert.deepEqual(tab.complaints, []);
  });

  it('fits a phone: nothing is wider than the screen', async () => {
    await using broker = await startBroker();
    await using service = await startTestService({ brokerUrl: broker.url, env: ANY_TOPIC });
    await publish(broker, [pictureMessage(), `"${'x'.repeat(300)}"`]);
    await using tab = await openPage({ viewport: { width: 360, height: 740 } });
    await tab.page.goto(service.service.http.url);
    await tab.page.locator('#picture').waitFor();
    assert.equal(await tab.page.evaluate('document.documentElement.scrollWidth'), 360);
  });

  it('is dark where the reader wants it dark', async () => {
    await using broker = await startBroker();
    await using service = await startTestService({ brokerUrl: broker.url, env: ANY_TOPIC });
    await using tab = await openPage({ colorScheme: 'dark' });
    await tab.page.goto(service.service.http.url);
    assert.equal(await tab.page.evaluate('getComputedStyle(document.body).backgroundColor'), 'rgb(18, 22, 24)');
  });

  it('tries a picture that is dropped on it, with a predicate', async () => {
    await using broker = await startBroker();
    await using service = await startTestService({ brokerUrl: broker.url, env: { FLAWLINE_HTTP_INSPECT: 'true' } });
    await using tab = await openPage();
    await tab.page.goto(service.service.http.url);
    await tab.page.locator('#where').fill('defect > 100');
    await dropOn(tab.page, '#drop', readVectorFile('images/syn_1280x960.jpg'));
    await shows(tab.page, '#try-state', 'Your predicate does not match. Rule default matches, not ok.');
    await tab.page.locator('#try-picture[width="1280"]').waitFor();
    await tab.page.locator('#where').fill('nonsense');
    await tab.page.locator('#where').press('Enter');
    await shows(tab.page, '#try-state', 'Unknown variable');
    assert.deepEqual(
      tab.complaints.filter((text) => !text.includes('400')),
      [],
    );
  });

  it('offers no dry run where http.inspect is off', async () => {
    await using broker = await startBroker();
    await using service = await startTestService({ brokerUrl: broker.url });
    await using tab = await openPage();
    await tab.page.goto(service.service.http.url);
    await shows(tab.page, '#readiness', 'ready');
    assert.equal(await tab.page.locator('#try').isVisible(), false);
  });

  it('asks for the token, and opens with it', async () => {
    await using broker = await startBroker();
    const token = 'a-token-of-some-length';
    await using service = await startTestService({ brokerUrl: broker.url, env: { FLAWLINE_HTTP_TOKEN: token } });
    await using tab = await openPage();
    await tab.page.goto(service.service.http.url);
    await tab.page.locator('input[name="token"]').fill(token);
    await tab.page.getByRole('button', { name: 'Open' }).click();
    await shows(tab.page, '#readiness', 'ready');
    assert.equal(new URL(tab.page.url()).search, '');
  });
});
