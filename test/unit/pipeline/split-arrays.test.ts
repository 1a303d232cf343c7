import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Delivery } from '../../../src/domain/delivery.js';
import { splitArrays } from '../../../src/pipeline/split-arrays.js';
import { aDelivery } from '../../support/builders.js';

interface Seen {
  readonly handled: Delivery[];
  readonly events: string[];
}

/** A splitter whose elements are handled when the test says so. */
function splitting(options: { readonly concurrency?: number; readonly maxPayloadBytes?: number } = {}) {
  const seen: Seen = { handled: [], events: [] };
  const finish: (() => void)[] = [];
  const stopping = new AbortController();
  const handle = splitArrays(
    {
      handle: (delivery) => {
        seen.handled.push(delivery);
        return new Promise((resolve) => finish.push(resolve));
      },
      onElement: () => seen.events.push('element'),
      onEmpty: () => seen.events.push('empty'),
    },
    { concurrency: 8, maxPayloadBytes: 10_000, stopped: stopping.signal, ...options },
  );
  const deliver = (text: string, over: Partial<Delivery> = {}) => {
    const delivery = aDelivery({ payload: Buffer.from(text), ack: () => seen.events.push('acknowledged'), ...over });
    return { delivery, done: handle(delivery) };
  };
  const texts = () => seen.handled.map(({ payload }) => Buffer.from(payload).toString());
  return { ...seen, deliver, texts, finish, stop: () => stopping.abort() };
}

describe('splitArrays()', () => {
  it('hands on whatever is no array as it is', () => {
    const { deliver, handled } = splitting();
    const { delivery } = deliver('{"image":"[1]"}');
    assert.equal(handled[0], delivery);
  });

  it('hands on each object with its own bytes, in order', () => {
    const { deliver, texts, events } = splitting();
    deliver(' [ {"a":"]"} ,\n{"b":[{}]}]\n');
    assert.deepEqual(texts(), ['{"a":"]"}', '{"b":[{}]}']);
    assert.deepEqual(events, ['element']);
  });

  it('acknowledges the message when the last object is, and once', () => {
    const { deliver, handled, events } = splitting();
    deliver('[{},{},{}]');
    const [first, second, third] = handled;
    third?.ack();
    first?.ack();
    first?.ack();
    assert.deepEqual(events, ['element', 'element']);
    second?.ack();
    assert.deepEqual(events, ['element', 'element', 'acknowledged']);
  });

  it('leaves the message un-acknowledged when one object is', () => {
    const { deliver, handled, events } = splitting();
    deliver('[{},{}]');
    handled[0]?.ack();
    assert.ok(!events.includes('acknowledged'));
  });

  it('acknowledges an empty array at once', async () => {
    const { deliver, events } = splitting();
    await deliver('\ufeff[ ]').done;
    assert.deepEqual(events, ['empty', 'acknowledged']);
  });

  it('takes a thousand objects, and leaves more to the parser', () => {
    const { deliver, handled } = splitting({ concurrency: 2_000 });
    deliver(`[${Array(1_000).fill('{}').join()}]`);
    assert.equal(handled.length, 1_000);
    const { delivery } = deliver(`[${Array(1_001).fill('{}').join()}]`);
    assert.equal(handled.at(-1), delivery);
    assert.equal(handled.length, 1_001);
  });

  for (const text of ['[1]', '[{},"x"]', '[{}', '[{}] x', '[{},]', '[']) {
    it(`leaves ${text} to the parser, whole`, () => {
      const { deliver, handled } = splitting();
      const { delivery } = deliver(text);
      assert.deepEqual(handled, [delivery]);
    });
  }

  it('leaves a message above the limit to the pipeline, whole', () => {
    const { deliver, handled } = splitting({ maxPayloadBytes: 6 });
    const { delivery } = deliver('[{},{}]');
    assert.deepEqual(handled, [delivery]);
  });

  it('has no more objects under way than it may', async () => {
    const { deliver, handled, finish } = splitting({ concurrency: 2 });
    const { done } = deliver('[{},{},{}]');
    assert.equal(handled.length, 2);
    finish[0]?.();
    await Promise.resolve();
    await Promise.resolve();
    assert.equal(handled.length, 3);
    for (const end of finish) end();
    await done;
  });

  it('keeps the order of a topic: what follows an array waits until its last object is under way', async () => {
    const { deliver, texts, finish } = splitting({ concurrency: 1 });
    deliver('[{"n":1},{"n":2}]');
    deliver('{"n":3}');
    deliver('[{"n":4}]');
    deliver('{"n":5}');
    deliver('{"other":1}', { topic: 'other' });
    for (let i = 0; i < 4; i++) {
      finish[i]?.();
      await new Promise(setImmediate);
    }
    assert.deepEqual(texts(), ['{"n":1}', '{"other":1}', '{"n":2}', '{"n":3}', '{"n":4}', '{"n":5}']);
  });

  it('begins no further object when the service stops', async () => {
    const { deliver, handled, finish, stop, events } = splitting({ concurrency: 1 });
    const { done } = deliver('[{},{}]');
    stop();
    handled[0]?.ack();
    finish[0]?.();
    await done;
    assert.equal(handled.length, 1);
    assert.ok(!events.includes('acknowledged'));
  });

  it('numbers the id that the message has as a user property', () => {
    const { deliver, handled } = splitting();
    const properties = { user: [['id', 'x'] as const, ['line', '3'] as const] };
    deliver('[{},{}]', { properties });
    deliver('[{}]', { properties });
    assert.deepEqual(
      handled.map(({ properties: { user } }) => user.map(([, value]) => value)),
      [
        ['x/1', '3'],
        ['x/2', '3'],
        ['x', '3'],
      ],
    );
  });
});
