import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ServiceError } from '../../../src/std/errors.js';
import { delivery, inspectionOf, recordingPipeline } from './recording-pipeline.js';

describe('Pipeline.handle()', () => {
  it('releases the payloads when the broker has answered for each of them, not before', async () => {
    const pubacks: (() => void)[] = [];
    const { pipeline, events } = recordingPipeline({
      inspect: async () => ({ ...inspectionOf('a', ['one', 'two']), release: () => events.push('released') }),
      publish: () => new Promise((resolve) => pubacks.push(resolve)),
    });
    const handled = pipeline.handle(delivery('a', events));
    await new Promise((resolve) => setImmediate(resolve));
    pubacks[0]?.();
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(events, []);
    pubacks[1]?.();
    await handled;
    assert.deepEqual(events, ['published a', 'released', 'acknowledged a']);
  });

  it('releases the payloads of results that were refused for good', async () => {
    const { pipeline, events } = recordingPipeline({
      inspect: async () => ({ ...inspectionOf('a', ['one']), release: () => events.push('released') }),
      publish: async ({ topic }) => {
        if (topic !== 'dead') throw new ServiceError('ERR_RESULT_REFUSED', 'no');
      },
    });
    await pipeline.handle(delivery('a', events));
    assert.deepEqual(events, ['released', 'deadLettered a ERR_RESULT_REFUSED', 'acknowledged a']);
  });

  it('releases the payloads when there is no topic to publish to', async () => {
    const { pipeline, events } = recordingPipeline({
      inspect: async () => ({ ...inspectionOf('a', ['one']), release: () => events.push('released') }),
      topicOf: () => {
        throw new ServiceError('ERR_RESULT_REFUSED', 'the input topic has too few levels');
      },
    });
    await pipeline.handle(delivery('a', events));
    assert.deepEqual(events, ['released', 'deadLettered a ERR_RESULT_REFUSED', 'acknowledged a']);
  });

  it('does not release payloads that were given up: a connection may still be reading them', async () => {
    const { pipeline, events } = recordingPipeline({
      inspect: async () => ({ ...inspectionOf('a', ['one']), release: () => events.push('released') }),
      publish: async () => {
        throw new Error('the service stops');
      },
    });
    await pipeline.handle(delivery('a', events));
    assert.deepEqual(events, ['unacknowledged a ERR_INFERENCE']);
  });
});
