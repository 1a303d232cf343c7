import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ServiceError } from '../../../src/std/errors.js';
import { delivery, inspectionOf, recordingPipeline, topics } from './recording-pipeline.js';

describe('Pipeline.handle()', () => {
  it('acknowledges only after the result has its PUBACK', async () => {
    let acknowledge = (): void => undefined;
    const puback = new Promise<void>((resolve) => {
      acknowledge = resolve;
    });
    const { pipeline, events } = recordingPipeline({
      inspect: async () => inspectionOf('a', ['one']),
      publish: () => puback,
    });
    const handled = pipeline.handle(delivery('a', events));
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(events, []);
    acknowledge();
    await handled;
    assert.deepEqual(events, ['published a', 'acknowledged a']);
  });

  it('acknowledges a picture that every rule filtered without publishing anything', async () => {
    const { pipeline, events, sent } = recordingPipeline({ inspect: async () => inspectionOf('a', []) });
    await pipeline.handle(delivery('a', events));
    assert.deepEqual(sent, []);
    assert.deepEqual(events, ['filtered a', 'acknowledged a']);
  });

  it('publishes one result a matching rule and counts the picture once', async () => {
    const { pipeline, events, sent } = recordingPipeline({ inspect: async () => inspectionOf('a', ['one', 'two']) });
    await pipeline.handle(delivery('a', events));
    assert.deepEqual(topics(sent), ['out/one', 'out/two']);
    assert.deepEqual(events, ['published a', 'acknowledged a']);
  });

  it('says as a user property whether the picture passes by each rule, whatever the message says', async () => {
    const { pipeline, events, sent } = recordingPipeline({ inspect: async () => inspectionOf('a', ['one', 'not-ok']) });
    await pipeline.handle(delivery('a', events, { properties: { user: [['ok', 'forged']] } }));
    const said = sent.map(({ user }) => user.filter(([key]) => key === 'ok').map(([, value]) => value));
    assert.deepEqual(said, [['true'], ['false']]);
  });

  it('answers a request on its response topic only if that is allowed', async () => {
    const { pipeline, events, sent } = recordingPipeline({
      inspect: async () => inspectionOf('a', ['one']),
      reply: true,
    });
    const correlationData = Buffer.from('42');
    const request = (responseTopic: string) => ({ properties: { user: [], responseTopic, correlationData } });
    await pipeline.handle(delivery('a', events, request('allowed/me')));
    await pipeline.handle(delivery('a', events, request('$SYS/other')));
    assert.deepEqual(topics(sent), ['out/one', 'allowed/me', 'out/one']);
    assert.deepEqual(sent[1]?.correlationData, correlationData);
  });

  it('publishes the results of one topic in the order of arrival', async () => {
    const finish = new Map<string, () => void>();
    const { pipeline, events, sent } = recordingPipeline({
      inspect: ({ payload }) =>
        new Promise((resolve) => {
          const name = Buffer.from(payload).toString();
          finish.set(name, () => resolve(inspectionOf(name, ['one'])));
        }),
    });
    const all = ['a', 'b', 'c'].map((name) => pipeline.handle(delivery(name, events)));
    for (const name of ['c', 'b', 'a']) finish.get(name)?.();
    await Promise.all(all);
    assert.deepEqual(
      sent.map(({ payload }) => Buffer.from(payload).toString()),
      ['a one', 'b one', 'c one'],
    );
  });

  it('lets later messages of a topic pass one that failed', async () => {
    const { pipeline, events } = recordingPipeline({
      inspect: async ({ payload }) => {
        if (Buffer.from(payload).toString() === 'bad') throw new ServiceError('ERR_IMAGE_DECODE', 'broken');
        return inspectionOf('good', ['one']);
      },
    });
    await Promise.all([pipeline.handle(delivery('bad', events)), pipeline.handle(delivery('good', events))]);
    assert.deepEqual(events.toSorted(), [
      'acknowledged bad',
      'acknowledged good',
      'deadLettered bad ERR_IMAGE_DECODE',
      'published good',
    ]);
  });
});
