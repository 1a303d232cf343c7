import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { withFreshness } from '../../../src/pipeline/inspect-decorators.js';
import { delivery, inspectionOf, recordingPipeline } from './recording-pipeline.js';

describe('Pipeline.handle()', () => {
  it('drops a message whose expiry has passed, and acknowledges it', async () => {
    const { pipeline, events } = recordingPipeline({ inspect: () => assert.fail('inspected') });
    await pipeline.handle(delivery('a', events, { properties: { user: [], expirySeconds: 0 } }));
    assert.deepEqual(events, ['expired a', 'acknowledged a']);
  });

  it('drops a message whose expiry passed while it waited for a worker, and lets the next one pass', async () => {
    const { pipeline, events } = recordingPipeline({
      decorate: withFreshness,
      inspect: async ({ payload }, { beforeStart }) => {
        const name = Buffer.from(payload).toString();
        if (name === 'late') await new Promise((resolve) => setTimeout(resolve, 30));
        beforeStart();
        return inspectionOf(name, ['one']);
      },
    });
    const late = {
      properties: { user: [], expirySeconds: 1 },
      receivedAtMonotonicMs: performance.now() - 980,
    };
    await Promise.all([pipeline.handle(delivery('late', events, late)), pipeline.handle(delivery('next', events))]);
    assert.deepEqual(events, ['expired late', 'acknowledged late', 'published next', 'acknowledged next']);
  });
});
