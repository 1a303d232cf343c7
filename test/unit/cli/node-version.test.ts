import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodeFault } from '../../../src/cli/node-version.js';

for (const version of ['20.19.0', '20.20.2', '22.0.0', '100.0.0']) {
  test(`nodeFault() has nothing against Node ${version}`, () => {
    assert.equal(nodeFault(version, '20.19'), undefined);
  });
}

for (const version of ['18.20.8', '20.9.0', '20.18.3']) {
  test(`nodeFault() refuses Node ${version}`, () => {
    assert.match(nodeFault(version, '20.19') ?? '', new RegExp(`Node must be 20\\.19 or newer: ${version}`));
  });
}
