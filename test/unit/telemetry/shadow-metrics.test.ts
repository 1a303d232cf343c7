import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLedger } from '../../../src/telemetry/ledger.js';
import { createMetrics } from '../../../src/telemetry/metrics.js';
import { parseMetrics } from '../../support/service/metrics-text.js';

test('agreement of a model and its candidate is counted from 0, each kind by itself', async () => {
  const metrics = createMetrics({
    ledger: createLedger([]),
    rules: [],
    messageAge: false,
    build: { client_id: 'c', version: '1', node: '20' },
    nowMs: () => 0,
  });
  const read = async () => parseMetrics(await metrics.text());
  metrics.candidateOpened('m');
  assert.equal((await read()).get('flawline_shadow_agreements_total{model="m",agreement="verdict"}'), 0);
  metrics.compared('m', { verdict: true, count: false });
  metrics.compared('m', { verdict: true, count: true, overlap: 0.5 });
  metrics.comparisonSkipped('m');
  metrics.comparisonFailed('m');
  const values = await read();
  assert.deepEqual(
    [
      'flawline_shadow_pictures_total{model="m"}',
      'flawline_shadow_agreements_total{model="m",agreement="verdict"}',
      'flawline_shadow_agreements_total{model="m",agreement="count"}',
      'flawline_shadow_mask_overlap_ratio_count{model="m"}',
      'flawline_shadow_mask_overlap_ratio_sum{model="m"}',
      'flawline_shadow_skipped_total{model="m"}',
      'flawline_shadow_failures_total{model="m"}',
    ].map((name) => values.get(name)),
    [2, 2, 1, 1, 0.5, 1, 1],
  );
});
