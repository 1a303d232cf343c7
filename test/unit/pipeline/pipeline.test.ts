import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ServiceError } from '../../../src/errors.js';
import type { Delivery, Inspection, OutgoingMessage } from '../../../src/message.js';
import { createPipeline, type PipelineObserver } from '../../../src/pipeline/pipeline.js';

const MAX_PAYLOAD_BYTES = 100;

function inspectionOf(name: string, rules: readonly string[]): Inspection {
  return {
    id: name,
    measures: { defect: 2, area: 0, largest: 0, score: 0, regions: [], width: 1, height: 1 },
    inferenceTimeMs: 1,
    stagesMs: {},
    results: rules.map((id) => ({ rule: id, payload: Buffer.from(`${name} ${id}`) })),
  };
}

interface SetUp {
  readonly topicOf?: (rule: string) => string;
  readonly inspect: (delivery: Delivery, onStart: () => void) => Promise<Inspection>;
  readonly publish?: (message: OutgoingMessage) => Promise<void>;
  readonly reply?: boolean;
}

function setUp({ inspect, publish = async () => undefined, reply = false, topicOf = (rule) => `out/${rule}` }: SetUp) {
  const events: string[] = [];
  const sent: OutgoingMessage[] = [];
  const note = (what: string) => (delivery: Delivery, extra?: unknown) => {
    const detail = extra instanceof ServiceError ? ` ${extra.code}` : typeof extra === 'string' ? ` ${extra}` : '';
    events.push(`${what} ${Buffer.from(delivery.payload).toString()}${detail}`);
  };
  const observer: PipelineObserver = {
    published: note('published'),
    filtered: note('filtered'),
    deadLettered: note('dead-lettered'),
    resultRejected: note('rejected'),
    dropped: note('dropped'),
    ruleMatched: () => undefined,
    publishTook: () => undefined,
    undeliverable: note('undeliverable'),
    left: note('left'),
  };
  const pipeline = createPipeline(
    {
      inspect,
      publish: (message) => {
        sent.push(message);
        return publish(message);
      },
      observer,
    },
    {
      order: 'arrival',
      maxPayloadBytes: MAX_PAYLOAD_BYTES,
      outgoing: {
        qos: 1,
        encoding: 'base64',
        model: 'm@1',
        reply,
        isReplyAllowed: (topic) => topic.startsWith('allowed/'),
        topicOf,
      },
      deadLetter: { topic: 'dead', maxPayloadBytes: 10 },
    },
  );
  return { pipeline, events, sent };
}

function delivery(text: string, events: string[], extra: Partial<Delivery> = {}): Delivery {
  return {
    topic: 'in',
    stream: '0',
    payload: Buffer.from(text),
    qos: 1,
    properties: { user: [] },
    receivedAtMs: 0,
    receivedAtMonotonicMs: performance.now(),
    settle: () => events.push(`settled ${text}`),
    ...extra,
  };
}

const topics = (sent: readonly OutgoingMessage[]) => sent.map(({ topic }) => topic);

describe('Pipeline.handle()', () => {
  it('settles only after the result has its PUBACK', async () => {
    let acknowledge = (): void => undefined;
    const puback = new Promise<void>((resolve) => {
      acknowledge = resolve;
    });
    const { pipeline, events } = setUp({ inspect: async () => inspectionOf('a', ['one']), publish: () => puback });
    const handled = pipeline.handle(delivery('a', events));
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(events, []);
    acknowledge();
    await handled;
    assert.deepEqual(events, ['published a', 'settled a']);
  });

  it('settles a picture that every rule filtered without publishing anything', async () => {
    const { pipeline, events, sent } = setUp({ inspect: async () => inspectionOf('a', []) });
    await pipeline.handle(delivery('a', events));
    assert.deepEqual(sent, []);
    assert.deepEqual(events, ['filtered a', 'settled a']);
  });

  it('publishes one result a matching rule and counts the picture once', async () => {
    const { pipeline, events, sent } = setUp({ inspect: async () => inspectionOf('a', ['one', 'two']) });
    await pipeline.handle(delivery('a', events));
    assert.deepEqual(topics(sent), ['out/one', 'out/two']);
    assert.deepEqual(events, ['published a', 'settled a']);
  });

  it('publishes the results of one topic in the order of arrival', async () => {
    const finish = new Map<string, () => void>();
    const { pipeline, events, sent } = setUp({
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

  it('dead-letters a message with a fault of its own, then settles it', async () => {
    const { pipeline, events, sent } = setUp({
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
    assert.deepEqual(events, ['dead-lettered a ERR_IMAGE_DECODE', 'settled a']);
  });

  it('refuses a message above limits.maxPayloadBytes without an inspection', async () => {
    const { pipeline, events, sent } = setUp({ inspect: () => assert.fail('inspected') });
    const text = 'x'.repeat(MAX_PAYLOAD_BYTES + 1);
    await pipeline.handle(delivery(text, events));
    assert.deepEqual(topics(sent), ['dead']);
    assert.deepEqual(events, [`dead-lettered ${text} ERR_PAYLOAD_TOO_LARGE`, `settled ${text}`]);
  });

  it('leaves a message un-acknowledged when the service stops under it', async () => {
    const { pipeline, events, sent } = setUp({
      inspect: async () => {
        throw new Error('the pool was closed');
      },
    });
    await pipeline.handle(delivery('a', events));
    assert.deepEqual(sent, []);
    assert.deepEqual(events, ['left a ERR_INFERENCE']);
  });

  it('leaves a message un-acknowledged when its dead letter is refused too', async () => {
    const { pipeline, events } = setUp({
      inspect: async () => inspectionOf('a', ['one']),
      publish: async () => {
        throw new ServiceError('ERR_RESULT_REFUSED', 'not authorized');
      },
    });
    await pipeline.handle(delivery('a', events));
    assert.deepEqual(events, ['undeliverable a ERR_RESULT_REFUSED']);
  });

  it('leaves the payload out of a dead letter that is too large for the broker with it', async () => {
    const { pipeline, events, sent } = setUp({
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
    assert.deepEqual(events, ['dead-lettered a ERR_IMAGE_DECODE', 'settled a']);
  });

  it('gives the dead letter of a refused result the id of its message', async () => {
    const { pipeline, events, sent } = setUp({
      inspect: async () => inspectionOf('a', ['one']),
      publish: async ({ topic }) => {
        if (topic !== 'dead') throw new ServiceError('ERR_RESULT_REFUSED', 'not authorized');
      },
    });
    await pipeline.handle(delivery('a', events));
    assert.equal(JSON.parse(Buffer.from(sent[1]?.payload ?? []).toString()).id, 'a');
  });

  it('counts a picture as published when one rule got through, and dead-letters the other', async () => {
    const { pipeline, events, sent } = setUp({
      inspect: async () => inspectionOf('a', ['one', 'two']),
      publish: async ({ topic }) => {
        if (topic === 'out/two') throw new ServiceError('ERR_RESULT_TOO_LARGE', 'too large');
      },
    });
    await pipeline.handle(delivery('a', events));
    assert.deepEqual(topics(sent), ['out/one', 'out/two', 'dead']);
    assert.deepEqual(events, ['rejected a ERR_RESULT_TOO_LARGE', 'published a', 'settled a']);
  });

  it('drops a message whose expiry has passed, and settles it', async () => {
    const { pipeline, events } = setUp({ inspect: () => assert.fail('inspected') });
    await pipeline.handle(delivery('a', events, { properties: { user: [], expirySeconds: 0 } }));
    assert.deepEqual(events, ['dropped a expired', 'settled a']);
  });

  it('drops a message whose expiry passed while it waited for a worker, and lets the next one pass', async () => {
    const { pipeline, events } = setUp({
      async inspect({ payload }, onStart) {
        const name = Buffer.from(payload).toString();
        if (name === 'late') await new Promise((resolve) => setTimeout(resolve, 30));
        onStart();
        return inspectionOf(name, ['one']);
      },
    });
    const late = {
      properties: { user: [], expirySeconds: 1 },
      receivedAtMonotonicMs: performance.now() - 980,
    };
    await Promise.all([pipeline.handle(delivery('late', events, late)), pipeline.handle(delivery('next', events))]);
    assert.deepEqual(events, ['dropped late expired', 'settled late', 'published next', 'settled next']);
  });

  it('releases the payloads when the broker has answered for each of them, not before', async () => {
    const pubacks: (() => void)[] = [];
    const { pipeline, events } = setUp({
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
    assert.deepEqual(events, ['published a', 'released', 'settled a']);
  });

  it('releases the payloads of results that were refused for good', async () => {
    const { pipeline, events } = setUp({
      inspect: async () => ({ ...inspectionOf('a', ['one']), release: () => events.push('released') }),
      publish: async ({ topic }) => {
        if (topic !== 'dead') throw new ServiceError('ERR_RESULT_REFUSED', 'no');
      },
    });
    await pipeline.handle(delivery('a', events));
    assert.deepEqual(events, ['released', 'dead-lettered a ERR_RESULT_REFUSED', 'settled a']);
  });

  it('releases the payloads when there is no topic to publish to', async () => {
    const { pipeline, events } = setUp({
      inspect: async () => ({ ...inspectionOf('a', ['one']), release: () => events.push('released') }),
      topicOf: () => {
        throw new ServiceError('ERR_RESULT_REFUSED', 'the input topic has too few levels');
      },
    });
    await pipeline.handle(delivery('a', events));
    assert.deepEqual(events, ['released', 'dead-lettered a ERR_RESULT_REFUSED', 'settled a']);
  });

  it('does not release payloads that were given up: a connection may still be reading them', async () => {
    const { pipeline, events } = setUp({
      inspect: async () => ({ ...inspectionOf('a', ['one']), release: () => events.push('released') }),
      publish: async () => {
        throw new Error('the service stops');
      },
    });
    await pipeline.handle(delivery('a', events));
    assert.deepEqual(events, ['left a ERR_INFERENCE']);
  });

  it('lets later messages of a topic pass one that failed', async () => {
    const { pipeline, events } = setUp({
      inspect: async ({ payload }) => {
        if (Buffer.from(payload).toString() === 'bad') throw new ServiceError('ERR_IMAGE_DECODE', 'broken');
        return inspectionOf('good', ['one']);
      },
    });
    await Promise.all([pipeline.handle(delivery('bad', events)), pipeline.handle(delivery('good', events))]);
    assert.deepEqual(events.toSorted(), [
      'dead-lettered bad ERR_IMAGE_DECODE',
      'published good',
      'settled bad',
      'settled good',
    ]);
  });

  it('answers a request on its response topic only if that is allowed', async () => {
    const { pipeline, events, sent } = setUp({ inspect: async () => inspectionOf('a', ['one']), reply: true });
    const correlationData = Buffer.from('42');
    const request = (responseTopic: string) => ({ properties: { user: [], responseTopic, correlationData } });
    await pipeline.handle(delivery('a', events, request('allowed/me')));
    await pipeline.handle(delivery('a', events, request('$SYS/other')));
    assert.deepEqual(topics(sent), ['out/one', 'allowed/me', 'out/one']);
    assert.deepEqual(sent[1]?.correlationData, correlationData);
  });
});
