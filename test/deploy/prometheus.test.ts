/**
 * Scrape, alerts and dashboard on a real Prometheus. What would go wrong: a query is right on one version and empty on
 * the next, which nobody sees, as a panel without data and an alert that is silent look like a quiet day.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { packageRoot } from '../../src/std/package-root.js';
import { startPrometheus, type TestPrometheus } from '../support/process/prometheus.js';
import { runTool, toolMissing } from '../support/process/run-tool.js';
import { createBusyMetrics } from '../support/service/busy-metrics.js';
import { until } from '../support/until.js';

const read = (path: string) => readFileSync(join(packageRoot, path), 'utf8');

interface Panel {
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
}

interface RulesFile {
  readonly groups: readonly { readonly rules: readonly { readonly alert: string; readonly expr: string }[] }[];
}

const dashboard = JSON.parse(read('deploy/grafana/flawline.json')) as { readonly panels: readonly Panel[] };
/** What Grafana puts in: all jobs and instances, and four times the interval of the scrapes, but more on a busy machine. */
const VARIABLES: Readonly<Record<string, string>> = { $job: '.*', $instance: '.*', $__rate_interval: '20s' };
const queries = dashboard.panels.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr }) => ({ title, expr: expr.replace(/\$(__)?\w+/g, (name) => VARIABLES[name] ?? name) })),
);
const alerts = (parse(read('deploy/prometheus/flawline.rules.yml')) as RulesFile).groups.flatMap(({ rules }) => rules);
/** Every metric of the alerts with its matchers: what the rest of the expression compares is a matter of promtool's tests. */
const selectors = alerts.flatMap(({ alert, expr }) =>
  (expr.match(/\b(?:up|flawline_\w+|emqx_\w+)(?:\{[^}]*\})?/g) ?? []).map((selector) => ({ alert, selector })),
);

/** As EMQX 5.8 names them. */
const EMQX = ['queue_full', 'expired', 'too_large', 'qos0_msg', 'no_local']
  .map((reason) => `# TYPE emqx_delivery_dropped_${reason} counter\nemqx_delivery_dropped_${reason} 3\n`)
  .join('');

const PROGRAMS = [
  ['prometheus', 'promtool', 'apt-get install prometheus'],
  ['prometheus-3', 'promtool-3', '.ci/deploy builds it'],
] as const;

for (const [program, promtool, howToGet] of PROGRAMS) {
  describe(program, { skip: toolMissing(program, howToGet) }, () => {
    it('has data for every query of the dashboard, and finds half of the pictures defective', async () => {
      await using prometheus = await start(program);
      for (const { title, expr } of queries) await hasData(prometheus, `${title}: ${expr}`, expr);
      const share = queries.find(({ title }) => title === 'Pictures with defects')?.expr ?? '';
      const [sample] = await prometheus.query(share);
      assert.ok(Math.abs((sample?.value ?? 0) - 0.5) < 0.01, String(sample?.value));
    });

    it('takes every alert, and selects something by each metric in it', async () => {
      await using prometheus = await start(program);
      const rules = await until('all alerts are evaluated', async () => {
        const all = await prometheus.rules();
        return all.every(({ health }) => health !== 'unknown') && all;
      });
      assert.equal(rules.length, alerts.length);
      assert.deepEqual(
        rules.filter(({ health }) => health !== 'ok').map(({ name, lastError }) => `${name}: ${lastError}`),
        [],
      );
      for (const { alert, selector } of selectors) await hasData(prometheus, `${alert}: ${selector}`, selector);
    });
  });

  describe(`${promtool} check metrics`, { skip: toolMissing(promtool, howToGet) }, () => {
    it('takes a scrape without complaint', async () => {
      const { code, out, err } = await runTool(promtool, ['check', 'metrics'], { input: await createBusyMetrics()() });
      assert.deepEqual([code, out, err], [0, '', '']);
    });
  });
}

function start(program: string): Promise<TestPrometheus> {
  return startPrometheus(program, { '/metrics': createBusyMetrics(), '/api/v5/prometheus/stats': () => EMQX });
}

function hasData(prometheus: TestPrometheus, what: string, expression: string): Promise<boolean> {
  return until(
    what,
    async () => {
      const samples = await prometheus.query(expression);
      return samples.length > 0 && samples.every(({ value }) => Number.isFinite(value));
    },
    undefined,
    200,
  );
}
