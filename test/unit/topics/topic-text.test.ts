import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTopicTemplate } from '../../../src/topics/template.js';
import { isTopicFilter, isTopicName } from '../../../src/topics/topic.js';

// MQTT 5.0, 1.5.4 lists what a receiver may close the connection over.
const UNFIT = ['a\0b', 'a\u0001b', 'a\nb', 'a\u007fb', 'a\u009fb', 'a\ufdd0b', 'a\ufffeb', 'a\u{1ffff}b', 'a\ud800b'];

test('isTopicName() and isTopicFilter() refuse control characters, non-characters and lone surrogates', () => {
  assert.deepEqual([UNFIT.filter(isTopicName), UNFIT.filter(isTopicFilter)], [[], []]);
});

test('render() refuses an input topic that cannot be published to everywhere', () => {
  const template = createTopicTemplate('verdict/{topic}', { rule: 'x', clientId: 'y' });
  for (const topic of UNFIT) assert.throws(() => template.render(topic), { code: 'ERR_RESULT_REFUSED' });
});
