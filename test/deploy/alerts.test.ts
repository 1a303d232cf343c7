/** Alerts and dashboard. What would go wrong: a metric is renamed, and the alert that should wake somebody never fires again. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { packageRoot } from '../../src/std/package-root.js';
import { createCameras } from '../../src/telemetry/cameras.js';
import { createLedger } from '../../src/telemetry/ledger.js';
import { LABEL_VALUES, METRICS, type MetricEntry } from '../../src/telemetry/metric-table.js';
import { createMetrics } from '../../src/telemetry/metrics.js';
import { parseMetrics } from '../support/service/metrics-text.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';

const RULES = join(packageRoot, 'deploy/prometheus/flawline.rules.yml');
const RULE_TESTS = join(packageRoot, 'test/deploy/flawline.rules.test.yml');
const DASHBOARD = join(packageRoot, 'deploy/grafana/flawline.json');
/** Of Prometheus itself and of the broker; docs/metrics.md names the latter. */
const FOREIGN = new Set([
  'up',
  'emqx_delivery_dropped_queue_full',
  'emqx_delivery_dropped_expired',
  'emqx_delivery_dropped_too_large',
]);

const promtoolMissing =
  spawnSync('promtool', ['--version']).status === 0 ? false : 'promtool is not installed (apt-get install prometheus)';

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly annotations: Readonly<Record<string, string>>;
}

interface Panel {
  readonly targets?: readonly { readonly expr: string }[];
}

const rules = (parse(readFileSync(RULES, 'utf8')) as { groups: { rules: Rule[] }[] }).groups.flatMap((g) => g.rules);
const dashboard = JSON.parse(readFileSync(DASHBOARD, 'utf8')) as { readonly panels: readonly Panel[] };
const expressions = [
  ...rules.map(({ expr }) => expr),
  ...dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
];

/** Words of PromQL that look like a metric. */
const FUNCTIONS: ReadonlySet<string> = new Set(['histogram_quantile', 'group_left']);

/** Names of metrics in an expression: words that have an underscore, or `up`, outside of labels and `by (…)`. */
function metricsIn(expression: string): readonly string[] {
  const bare = expression.replace(/\{[^}]*\}|\b(by|on|without) \([^)]*\)|\$[\w]+/g, ' ');
  return (bare.match(/\b[a-z][a-z0-9]*_[a-z0-9_]+\b|\bup\b/g) ?? []).filter((word) => !FUNCTIONS.has(word));
}

/** Every name that a scrape has, the series of histograms included. */
async function exposedNames(): Promise<ReadonlySet<string>> {
  const metrics = createMetrics({
    ledger: createLedger(['0']),
    rules: ['default'],
    messageAge: true,
    build: { client_id: 'flawline', version: '1', node: '20' },
    nowMs: () => 0,
    cameras: createCameras({ max: 1, nowMs: () => 0 }),
  });
  metrics.messageAge(1);
  metrics.endToEnd(1);
  metrics.defects(1);
  metrics.stages({ infer: 1 });
  const scraped = [...parseMetrics(await metrics.text()).keys()].map((series) => series.replace(/\{.*/, ''));
  const all: readonly MetricEntry[] = Object.values(METRICS);
  const ofTable = all.flatMap(({ name, type }) =>
    type === 'histogram' ? ['bucket', 'sum', 'count'].map((series) => `${name}_${series}`) : [name],
  );
  return new Set([...scraped, ...ofTable]);
}

describe('alerts and dashboard', () => {
  it('use only metrics that a scrape has', async () => {
    const known = await exposedNames();
    const used = expressions.flatMap(metricsIn);
    assert.ok(used.length > 40);
    assert.deepEqual(
      used.filter((name) => !known.has(name) && !FOREIGN.has(name)),
      [],
    );
  });

  it('compare labels only with values that the code gives them', () => {
    const values: Readonly<Record<string, readonly string[]>> = LABEL_VALUES;
    for (const expression of expressions) {
      for (const [, label = '', value = ''] of expression.matchAll(/(\w+)="([^"$]*)"/g)) {
        if (values[label] !== undefined) assert.ok(values[label].includes(value), `${label}="${value}"`);
      }
    }
  });

  it('the dashboard shows every metric of the service', () => {
    const shown = new Set(
      dashboard.panels.flatMap(({ targets = [] }) => targets.flatMap(({ expr }) => metricsIn(expr))),
    );
    const all: readonly MetricEntry[] = Object.values(METRICS);
    // The gauge says at one moment what the counter says over time.
    const missing = all.filter(
      ({ name }) =>
        name !== METRICS.intakePaused.name &&
        ![name, `${name}_bucket`, `${name}_count`].some((series) => shown.has(series)),
    );
    assert.deepEqual(
      missing.map(({ name }) => name),
      [],
    );
  });

  it('docs/alerts.md says what to do about each alert, in their order, and each alert links to it', () => {
    const page = readFileSync(join(packageRoot, 'docs/alerts.md'), 'utf8');
    assert.deepEqual(
      [...page.matchAll(/^## (\w+)$/gm)].map(([, name]) => name),
      rules.map(({ alert }) => alert),
    );
    for (const { alert, annotations } of rules) {
      assert.ok(annotations['runbook_url']?.endsWith(`/alerts.md#${alert.toLowerCase()}`), alert);
    }
  });

  it('each alert is tried by promtool', { skip: promtoolMissing }, async () => {
    await using folder = await makeTemporaryFolder();
    copyFileSync(RULES, join(folder.path, 'flawline.rules.yml'));
    copyFileSync(RULE_TESTS, join(folder.path, 'flawline.rules.test.yml'));
    const { status, stdout, stderr } = spawnSync('promtool', ['test', 'rules', 'flawline.rules.test.yml'], {
      cwd: folder.path,
      encoding: 'utf8',
    });
    assert.equal(status, 0, `${stdout}${stderr}`);
    const tests = readFileSync(RULE_TESTS, 'utf8');
    assert.deepEqual(
      rules.filter(({ alert }) => tests.split(alert).length < 3).map(({ alert }) => alert),
      [],
    );
  });
});
