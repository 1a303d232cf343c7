/** The fault table in small: each fault once or twice, in seconds. `npm run faults` makes the full table. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FAULTS } from '../../faults/all.js';
import { brokerMissing } from '../support/broker/broker.js';

describe('fault', { skip: brokerMissing, concurrency: 4 }, () => {
  for (const fault of FAULTS) {
    it(`${fault.title}: ${fault.target}`, { skip: fault.onlyFull ?? fault.skip ?? false }, async () => {
      const { failures } = await fault.run('short');
      assert.deepEqual(failures, []);
    });
  }
});
