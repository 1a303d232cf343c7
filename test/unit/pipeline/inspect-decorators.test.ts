import assert from 'node:assert/strict';
import { it } from 'node:test';
import { withCrashGuard, withFreshness } from '../../../src/pipeline/inspect-decorators.js';
import type { Inspect } from '../../../src/pipeline/ports.js';
import { delivery, inspectionOf } from './recording-pipeline.js';

/** Calls `beforeStart` as a pool does, and notes it. */
function inspectNoting(events: string[]): Inspect {
  return async (_delivery, { beforeStart, digest }) => {
    beforeStart();
    events.push(`started ${digest}`);
    return { inspections: [inspectionOf('a', [])], failures: [] };
  };
}

const guardNoting = (events: string[]): Parameters<typeof withCrashGuard>[1] => ({
  run: (_job, work) => work(() => void events.push('journaled'), 'digest'),
});

it('withCrashGuard() journals a picture right before a worker gets it, and hands on its digest', async () => {
  const events: string[] = [];
  const inspect = withCrashGuard(inspectNoting(events), guardNoting(events));
  await inspect(delivery('a', events), { beforeStart: () => void events.push('before') });
  assert.deepEqual(events, ['before', 'journaled', 'started digest']);
});

it('withFreshness() around withCrashGuard() journals no picture that has expired', async () => {
  const events: string[] = [];
  const inspect = withFreshness(withCrashGuard(inspectNoting(events), guardNoting(events)));
  const expired = delivery('a', events, { properties: { user: [], expirySeconds: 0 } });
  await assert.rejects(inspect(expired, { beforeStart: () => undefined }), { name: 'ExpiredError' });
  assert.deepEqual(events, []);
});
