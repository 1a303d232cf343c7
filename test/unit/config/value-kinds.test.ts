import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FormatName, key } from '../../../src/config/key.js';
import { FORMATS } from '../../../src/config/value-kinds.js';

const SPEC = key('count', { default: 5, min: 1, max: 10, doc: '' });

/** What text from the environment becomes, or "refused". */
function read(format: FormatName, text: string): unknown {
  const value = FORMATS[format].coerce(text);
  return FORMATS[format].fault(value, SPEC) === undefined ? value : 'refused';
}

for (const [format, text, value] of [
  ['count', '7', 7],
  ['count', ' 7 ', 7],
  ['count', '7.5', 'refused'],
  ['count', '7abc', 'refused'],
  ['count', '0x7', 'refused'],
  ['count', '11', 'refused'],
  ['count', '0', 'refused'],
  ['fraction', '1.5', 1.5],
  ['fraction', '2e0', 2],
  ['fraction', 'NaN', 'refused'],
  ['fraction', 'Infinity', 'refused'],
  ['flag', 'TRUE', true],
  ['flag', '0', false],
  ['flag', 'yes', 'refused'],
  ['flag', 'constructor', 'refused'],
  ['text', 'a\u0000b', 'refused'],
  ['clientId', 'line-3', 'line-3'],
  ['clientId', 'a/b', 'refused'],
  ['clientId', 'a+b', 'refused'],
  ['clientId', 'a#b', 'refused'],
  ['clientId', 'a'.repeat(129), 'refused'],
  ['clientId', 'a\tb', 'refused'],
  ['topicTemplate', 'ekuiper/defect\n', 'refused'],
  ['topicFilters', 'a\nb', 'refused'],
  ['token', 'two words', 'refused'],
  ['list', ' , ', 'refused'],
  ['numbers', '255', [255]],
  ['numbers', '1.5, 2,3', [1.5, 2, 3]],
  ['numbers', '1,2', 'refused'],
  ['numbers', '1,x,3', 'refused'],
  ['classes', 'background, big crack', ['background', 'big crack']],
  ['classes', 'a,a', 'refused'],
  ['classes', 'a#', 'refused'],
  ['copyFields', 'a,a', 'refused'],
  ['copyFields', 'a,__proto__', 'refused'],
  ['fields', 'inference time as ms,defect', ['inference time as ms', 'defect']],
  ['fields', 'defect,id as defect', 'refused'],
  ['predicate', 'defect', 'refused'],
  ['brokerUrls', 'mqtt://a,ssl://b', ['mqtt://a', 'ssl://b']],
  ['brokerUrls', 'mqtt://a,b', 'refused'],
  ['topicFilters', 'a/+/b,$share/g/c/#', ['a/+/b', '$share/g/c/#']],
  ['topicFilters', 'a/#/b', 'refused'],
  ['topicFilters', 'a+', 'refused'],
  ['topicFilters', '$share/g', 'refused'],
  ['topicTemplate', '{topic}/{topic[1]}/{rule}/{clientId}', '{topic}/{topic[1]}/{rule}/{clientId}'],
  ['topicTemplate', '{msg}', 'refused'],
  ['topicTemplate', 'a/#', 'refused'],
] as const) {
  test(`FORMATS.${format} reads ${JSON.stringify(text).slice(0, 30)} as ${JSON.stringify(value)}`, () => {
    assert.deepEqual(read(format, text), value);
  });
}

for (const [format, value] of [
  ['text', 42],
  ['count', Number.POSITIVE_INFINITY],
  ['count', true],
  ['list', [1]],
  ['list', 5],
  ['flag', 1],
  ['rules', 'a'],
] as const) {
  test(`FORMATS.${format} refuses ${value} from a file`, () => {
    assert.match(FORMATS[format].fault(value, SPEC) ?? '', /^must /);
  });
}

test('FORMATS.topicFilters names the entries that are at fault', () => {
  const fault = FORMATS.topicFilters.fault(['line/+/camera', 'a/#/b', 'a+b'], SPEC);
  assert.match(fault ?? '', /^must be topic filters.*, not a\/#\/b or a\+b$/);
});

test('FORMATS.brokerUrls names the entry that is at fault, its credentials hidden', () => {
  const fault = FORMATS.brokerUrls.fault(['mqtt://a:1883', 'mqtt://me:hunter22@b:1883'], SPEC);
  assert.match(fault ?? '', /^must not hold credentials.*, not mqtt:\/\/\*\*\*@b:1883$/);
});

test('numbers asks for a list when it gets a number that stands alone', () => {
  assert.match(FORMATS.numbers.fault(127.5, SPEC) ?? '', /^must be a list of one number/);
});
