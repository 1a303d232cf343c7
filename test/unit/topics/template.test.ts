import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTopicTemplate, missingLevels } from '../../../src/topics/template.js';

const constants = { rule: 'scratch', clientId: 'line-4' };
const render = (text: string, topic: string): string => createTopicTemplate(text, constants).render(topic);
const filterFor = (text: string, filter: string): string => createTopicTemplate(text, constants).filterFor(filter);

test('createTopicTemplate().render() fills in topic, levels from 0, rule and client id', () => {
  assert.equal(render('{clientId}/{rule}/{topic[1]}-{topic[0]}/{topic}', 'cam/7'), 'line-4/scratch/7-cam/cam/7');
});

test('createTopicTemplate() refuses an unknown placeholder as ERR_CONFIG', () => {
  assert.throws(() => createTopicTemplate('a/{payload}', constants), { code: 'ERR_CONFIG' });
});

test('createTopicTemplate() refuses wildcards in the fixed text as ERR_CONFIG', () => {
  assert.throws(() => createTopicTemplate('a/+/{topic}', constants), { code: 'ERR_CONFIG' });
});

test('createTopicTemplate() refuses a rule name that is no part of a topic as ERR_CONFIG', () => {
  assert.throws(() => createTopicTemplate('a/{rule}', { rule: 'a#b', clientId: 'x' }), { code: 'ERR_CONFIG' });
});

test('render() refuses a topic without the level that is asked for', () => {
  assert.throws(() => render('a/{topic[2]}', 'cam/7'), { code: 'ERR_RESULT_REFUSED' });
});

test('render() refuses an outcome of more than 65 535 bytes', () => {
  assert.throws(() => render('{topic}/{topic}', 'x'.repeat(40_000)), { code: 'ERR_RESULT_REFUSED' });
});

test('render() refuses a leading $ that comes from the input topic', () => {
  assert.throws(() => render('{topic[1]}/x', 'a/$SYS'), { code: 'ERR_RESULT_REFUSED' });
});

test('filterFor() gives the filter of all topics that can come out', () => {
  const cases: [string, string, string][] = [
    ['results', 'cam/#', 'results'],
    ['results/{topic}', 'cam/+', 'results/cam/+'],
    ['results/{topic}', '$share/g/cam/+', 'results/cam/+'],
    ['{topic}/result', 'cam/#', 'cam/#'],
    ['out/{topic[1]}', 'cam/7', 'out/7'],
    ['out/{topic[1]}', 'cam/+', 'out/+'],
    ['out/{topic[3]}', 'cam/#', 'out/+'],
    ['out-{topic[1]}/x', 'cam/+', '+/x'],
  ];
  assert.deepEqual(
    cases.map(([template, input]) => filterFor(template, input)),
    cases.map(([, , expected]) => expected),
  );
});

test('missingLevels() names the levels that no topic of the filter has', () => {
  assert.deepEqual(
    [
      missingLevels('{topic[0]}/{topic[2]}', 'cam/+'),
      missingLevels('{topic[2]}', 'cam/+/x'),
      missingLevels('{topic[2]}', 'cam/#'),
    ],
    [[2], [], []],
  );
});
