import assert from 'node:assert/strict';
import { test } from 'node:test';
import { entryListFaults } from '../../../src/config/entry-list.js';
import { RULE_LIST } from '../../../src/config/rule-list.js';

const ruleListFault = (value: unknown) =>
  entryListFaults(RULE_LIST, value)
    .map(({ path, rule }) => `rules${path} ${rule}`)
    .join('; ') || undefined;

const SOUND = { id: 'a', where: 'defect > 0' };

test('ruleListFault() accepts rules with all they may have', () => {
  const full = {
    id: 'b.1-_',
    where: 'true',
    ok: 'area < 0.1',
    topic: 't/{rule}',
    fields: ['defect as n', 'id'],
    render: 'none',
  };
  assert.equal(ruleListFault([SOUND, full]), undefined);
});

for (const [title, rules, rule] of [
  ['a mapping', { a: SOUND }, /must be a list of 1 to 64 rules/],
  ['an empty list', [], /must be a list of 1 to 64 rules/],
  ['too many', Array(65).fill(SOUND), /must be a list of 1 to 64 rules/],
  ['an entry that is text', ['a'], /rules\[0\] must be a mapping/],
  ['a rule without id', [{ where: 'true' }], /rules\[0\]\.id must be given/],
  ['a rule without where', [{ id: 'a' }], /rules\[0\]\.where must be given/],
  ['an id with a slash', [{ ...SOUND, id: 'a/b' }], /rules\[0\]\.id must be/],
  ['an id twice', [SOUND, SOUND], /rules\[1\]\.id must name each id once/],
  [
    'a predicate that is none',
    [SOUND, { id: 'b', where: 'defect' }],
    /rules\[1\]\.where must be a predicate, but at line 1, column 1/,
  ],
  ['a predicate of what passes that is none', [{ ...SOUND, ok: 'defect' }], /rules\[0\]\.ok must be a predicate/],
  ['a topic with a wildcard', [{ ...SOUND, topic: 'a/+' }], /rules\[0\]\.topic must be a topic without \+ and #/],
  ['a field that is none', [{ ...SOUND, fields: 'flaws' }], /rules\[0\]\.fields is invalid: "flaws"/],
  ['a render kind that is none', [{ ...SOUND, render: 'big' }], /rules\[0\]\.render must be pair or overlay/],
  ['an unknown name', [{ ...SOUND, topics: 'a' }], /rules\[0\]\.topics is not known \(did you mean topic\?\)/],
  ['a name of Object.prototype', [{ ...SOUND, constructor: 'a' }], /rules\[0\]\.constructor is not known/],
] as const) {
  test(`ruleListFault() refuses ${title}`, () => assert.match(ruleListFault(rules) ?? '', rule));
}
