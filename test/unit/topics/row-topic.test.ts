import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRowTopic, rowTopicFault } from '../../../src/topics/row-topic.js';

test('fields of the row stand where the topic names them', () => {
  const topic = createRowTopic('line/{{.station}}/{{ .picture.defect }}');
  assert.equal(topic?.({ station: 'press', picture: { defect: 2n } }), 'line/press/2');
  assert.equal(createRowTopic('line/all'), undefined);
});

for (const row of [{}, { station: null }, { station: {} }, { station: 'a+b' }, { station: 'a\0' }]) {
  test(`a row ${JSON.stringify(row)} that gives no topic is refused`, () => {
    assert.throws(() => createRowTopic('line/{{.station}}')?.(row), { code: 'ERR_RESULT_REFUSED' });
  });
}

test('what cannot be filled in is told before', () => {
  assert.equal(rowTopicFault('a/{{.b}}/{{.c.d}}'), undefined);
  for (const topic of ['{{upper .a}}', '{{.a', 'a}}', '{{.a | b}}', '{{}}'])
    assert.match(rowTopicFault(topic) ?? '', /nothing in/);
  assert.match(rowTopicFault('a/+') ?? '', /valid topic name/);
});
