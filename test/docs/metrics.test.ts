/** docs/metrics.md says what the code says: no metric, label or value more, none less. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../src/std/package-root.js';
import { LABEL_VALUES, METRICS, type MetricEntry } from '../../src/telemetry/metric-table.js';

const page = readFileSync(join(packageRoot, 'docs/metrics.md'), 'utf8');
const entries: readonly MetricEntry[] = Object.values(METRICS);

/** The cells of every table row whose first cell is code. */
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) =>
    line
      .split('|')
      .map((cell) => cell.trim())
      .slice(1, -1),
  );

test('docs/metrics.md has the row of every metric, in the order of the table, and no other', () => {
  const expected = entries.map(({ name, type, labels, help }) => [
    `\`${name}\``,
    type,
    labels.map((label) => `\`${label}\``).join(', '),
    help,
  ]);
  assert.deepEqual(
    rows.filter(([name]) => name?.startsWith('`flawline_')),
    expected,
  );
});

test('docs/metrics.md lists the values of every label that the code closes', () => {
  const { code: _, ...listed } = LABEL_VALUES; // docs/errors.md lists the codes
  for (const [label, values] of Object.entries(listed)) {
    const row = rows.find(([name]) => name === `\`${label}\``);
    assert.equal(row?.[1], values.map((value) => `\`${value}\``).join(', '), label);
  }
});

test('docs/metrics.md explains every label', () => {
  const infoOnly = [...METRICS.modelInfo.labels, ...METRICS.buildInfo.labels] as readonly string[];
  const labels = new Set(entries.flatMap((entry) => entry.labels).filter((label) => !infoOnly.includes(label)));
  const explained = rows.map(([name]) => name?.replaceAll('`', '')).filter((name) => labels.has(name ?? ''));
  assert.deepEqual(new Set(explained), labels);
});

test('docs/metrics.md names no metric that is not there', () => {
  const names = new Set(entries.map(({ name }) => name));
  for (const [name] of page.matchAll(/flawline_[a-z_]+/g)) assert.ok(names.has(name), name);
});
