/** What runs, on the live page in a real browser. What would go wrong: a rule is stopped and nobody sees it, a fault is nowhere. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CatalogueView } from '../../src/catalogue/view.js';
import { createLedger } from '../../src/telemetry/ledger.js';
import { serve } from '../integration/http/serve.js';
import { browserMissing, openPage } from '../support/browser.js';

const CANDIDATE = {
  description: 'scratches@5d3c',
  path: '/models/new/model.xml',
  share: 0.5,
  compared: 200,
  skipped: 3,
  failed: 0,
  sameVerdict: 199,
  sameCount: 180,
  meanOverlap: 0.934,
};
const VIEW: CatalogueView = {
  streams: [
    { id: 'north', topics: ['line/north/+'], state: 'running', inFlight: 2, received: 1234 },
    { id: 'south', topics: ['line/south/+'], state: 'stopped', inFlight: 0, received: 0 },
  ],
  models: [
    {
      id: 'scratches',
      description: 'scratches@91b2 on CPU, f32',
      version: 2,
      path: '/models/old/model.xml',
      former: [],
      candidate: CANDIDATE,
      inspected: 1230,
      failed: 1,
    },
  ],
  rules: [
    {
      id: 'found',
      stream: 'north',
      model: 'scratches',
      state: 'running',
      where: 'msg.shift > 1',
      topic: 'out',
      matched: 17,
      failed: 4,
      lastError: { code: 'ERR_PREDICATE', message: 'Cannot <b id="injected">', atMs: 0 },
    },
    {
      id: 'quiet',
      stream: 'south',
      model: 'scratches',
      state: 'stopped',
      where: 'true',
      topic: 'out',
      matched: 0,
      failed: 0,
    },
  ],
};

describe('what runs, on the live page', { skip: browserMissing }, () => {
  it('shows state, counts, the last fault and how far a candidate agrees', async () => {
    const status = () => ({ version: '1.2.3', counts: createLedger([]).snapshot(), catalogue: VIEW });
    await using setting = await serve({}, { status });
    await using tab = await openPage();
    await tab.page.goto(setting.url);
    await tab.page.locator('#catalogue').waitFor();
    const rows = async (kind: string) => {
      const found = await tab.page.locator(`#catalogue [data-kind="${kind}"] tbody tr`).all();
      return await Promise.all(found.map((row) => row.locator('th, td').allTextContents()));
    };
    assert.deepEqual(await rows('streams'), [
      ['north', 'running', '1,234', '2', 'line/north/+'],
      ['south', 'stopped', '0', '0', 'line/south/+'],
    ]);
    assert.deepEqual(await rows('models'), [
      ['scratches', 'version 2', '1,230', '1', 'scratches@91b2 on CPU, f32', ''],
      [
        'its candidate',
        'shadow',
        '200',
        '0',
        'scratches@5d3csame verdict 99.5\u00a0%, same count 90.0\u00a0%, masks overlap by 93.4\u00a0%; 3 left out as nobody had time',
        '',
      ],
    ]);
    const [found, quiet] = await rows('rules');
    assert.deepEqual(found?.slice(0, 5), ['found', 'running', '17', '4', 'north · scratches']);
    assert.match(found?.[5] ?? '', /^ERR_PREDICATE, .*: Cannot <b id="injected">$/);
    assert.equal(quiet?.[1], 'stopped');
    for (const width of [1280, 390]) {
      await tab.page.setViewportSize({ width, height: 900 });
      const page = 'document.documentElement';
      assert.equal(await tab.page.evaluate(`${page}.scrollWidth > ${page}.clientWidth`), false, `${width}`);
    }
    assert.deepEqual(tab.complaints, []);
  });

  it('is not there where anybody could see it', async () => {
    const status = () => ({ version: '1.2.3', counts: createLedger([]).snapshot(), catalogue: VIEW });
    await using setting = await serve({ host: '0.0.0.0' }, { status });
    await using tab = await openPage();
    await tab.page.goto(setting.url);
    await tab.page.locator('#version', { hasText: '1.2.3' }).waitFor();
    assert.equal(await tab.page.locator('#catalogue').isVisible(), false);
  });
});
