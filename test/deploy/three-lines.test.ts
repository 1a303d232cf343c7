/** The examples of several lines: what compose and the chart run is one catalogue, and it loads. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { packageRoot } from '../../src/std/package-root.js';
import { loadText } from '../support/service/config-folder.js';

const read = (path: string) => readFileSync(join(packageRoot, path), 'utf8');

describe('three lines with three models', () => {
  const { config, warnings } = loadText(read('config/three-lines.yaml'));

  it('are what docker-compose.three-lines.yml runs', () => {
    assert.deepEqual(warnings, []);
    assert.deepEqual([config.streams.length, config.models.length, config.rules.length], [3, 3, 4]);
    const { services } = parse(read('docker-compose.three-lines.yml'));
    assert.equal(services.flawline.environment.FLAWLINE_CONFIG, '/flawline/config/three-lines.yaml');
  });

  it('are the same in the values of the chart', () => {
    const values = parse(read('deploy/helm/three-lines.values.yaml'));
    const inChart = loadText(JSON.stringify(values.config)).config;
    assert.deepEqual([inChart.streams, inChart.models, inChart.rules], [config.streams, config.models, config.rules]);
  });
});
