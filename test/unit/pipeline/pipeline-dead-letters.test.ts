import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ServiceError } from '../../../src/std/errors.js';
import { delivery, inspectionOf, MAX_PAYLOAD_BYTES, recordingPipeline, topics } from './recording-pipeline.js';

describe('Pipeline.handle()', () => {
  it('dead-letters a message with a fault of its own, then acknowledges it', async () => {
    const { pipeline, events, sent } = recordingPipeline({
      inspect: async () => {
        throw new ServiceError('ERR_IMAGE_DECODE', 'broken', { details: { id: 'known' } });
      },
    });
    await pipeline.handle(delivery('a', events));
    const letter = JSON.parse(Buffer.from(sent[0]?.payload ?? []).toString());
    assert.deepEqual(letter, {
      id: 'known',
      topic: 'in',
      code: 'ERR_IMAGE_DECODE',
      message: 'broken',
      receivedAt: '1970-01-01T00:00:00.000Z',
      payloadBytes: 1,
      payloadSha256: 'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb',
      payload: 'YQ==',
    });
    assert.deepEqual(events, ['deadLettered a ERR_IMAGE_DECODE', 'acknowledged a']);
  });

  it('refuses a message above limits.maxPayloadBytes without an inspection', async () => {
    const { pipeline, events, sent } = recordingPipeline({ inspect: () => assert.fail('inspected') });
    const text = 'x'.repeat(MAX_PAYLOAD_BYTES + 1);
    await pipeline.handle(delivery(text, events));
    assert.deepEqual(topics(sent), ['dead']);
    assert.deepEqual(events, [`deadLettered ${text} ERR_PAYLOAD_TOO_LARGE`, `acknowledged ${text}`]);
  });

  it('leaves the payload out of a dead letter that is too large for the broker with it', async () => {
    const { pipeline, events, sent } = recordingPipeline({
      inspect: async () => {
        throw new ServiceError('ERR_IMAGE_DECODE', 'broken');
      },
      publish: async ({ payload }) => {
        const letter = JSON.parse(Buffer.from(payload).toString());
        if ('payload' in letter) throw new ServiceError('ERR_RESULT_TOO_LARGE', 'too large');
      },
    });
    await pipeline.handle(delivery('a', events));
    assert.deepEqual(topics(sent), ['dead', 'dead']);
    assert.deepEqual(events, ['deadLettered a ERR_IMAGE_DECODE', 'acknowledged a']);
  });

  it('tells of every rule that failed when none has a result', async () => {
    const failures = ['one', 'two'].map((rule) => new ServiceError('ERR_PREDICATE', 'why', { details: { rule } }));
    const { pipeline, events, sent, outcomes } = recordingPipeline({
      inspect: async () => inspectionOf('a', []),
      failures,
    });
    await pipeline.handle(delivery('a', events));
    assert.deepEqual(topics(sent), ['dead', 'dead']);
    const [outcome] = outcomes;
    assert.ok(outcome?.kind === 'deadLettered');
    assert.deepEqual([outcome.error, ...outcome.others], failures);
  });

  it('gives the dead letter of a refused result the id of its message', async () => {
    const { pipeline, events, sent } = recordingPipeline({
      inspect: async () => inspectionOf('a', ['one']),
      publish: async ({ topic }) => {
        if (topic !== 'dead') throw new ServiceError('ERR_RESULT_REFUSED', 'not authorized');
      },
    });
    await pipeline.handle(delivery('a', events));
    assert.equal(JSON.parse(Buffer.from(sent[1]?.payload ?? []).toString()).id, 'a');
  });

  it('counts a picture as published when one rule got through, and dead-letters the other', async () => {
    const { pipeline, events, sent } = recordingPipeline({
      inspect: async () => inspectionOf('a', ['one', 'two']),
      publish: async ({ topic }) => {
        if (topic === 'out/two') throw new ServiceError('ERR_RESULT_TOO_LARGE', 'too large');
      },
    });
    await pipeline.handle(delivery('a', events));
    assert.deepEqual(topics(sent), ['out/one', 'out/two', 'dead']);
    assert.deepEqual(events, ['refused a ERR_RESULT_TOO_LARGE', 'published a', 'acknowledged a']);
  });

  it('leaves a message un-acknowledged when its dead letter is refused too', async () => {
    const { pipeline, events } = recordingPipeline({
      inspect: async () => inspectionOf('a', ['one']),
      publish: async () => {
        throw new ServiceError('ERR_RESULT_REFUSED', 'not authorized');
      },
    });
    await pipeline.handle(delivery('a', events));
    assert.deepEqual(events, ['undeliverable a ERR_RESULT_REFUSED']);
  });

  it('leaves a message un-acknowledged when the service stops under it', async () => {
    const { pipeline, events, sent } = recordingPipeline({
      inspect: async () => {
        throw new Error('the pool was closed');
      },
    });
    await pipeline.handle(delivery('a', events));
    assert.deepEqual(sent, []);
    assert.deepEqual(events, ['unacknowledged a ERR_INFERENCE']);
  });
});
