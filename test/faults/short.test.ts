/** The fault table in small: each fault once or twice, in seconds. `npm run faults` makes the full table. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { brokerMissing } from '../support/broker.js';
import { FAULTS } from './all.js';

/** Rows that need a machine of their own: on a busy one their pictures are late, which the row cannot tell from lost. */
const ONLY_FULL = new Set([
  'broker-queue',
  'overload-2x',
  'overload-10x',
  'credentials',
  'black-hole',
  'half-open',
  'share',
]);
const NOT_SHORT = 'only in "npm run faults": it needs a machine of its own';

describe('fault', { skip: brokerMissing, concurrency: 2 }, () => {
  for (const fault of FAULTS) {
    it(`${fault.title}: ${fault.target}`, {
      skip: ONLY_FULL.has(fault.id) ? NOT_SHORT : (fault.skip ?? false),
    }, async () => {
      const { failures } = await fault.run('short');
      assert.deepEqual(failures, []);
    });
  }
});
