import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ServiceError } from '../../../src/std/errors.js';
import { createTopicTemplate } from '../../../src/topics/template.js';
import { coversFilter, filtersOverlap, isTopicFilter, isTopicName, matchesFilter } from '../../../src/topics/topic.js';

const level = fc.constantFrom('', 'a', 'b', '$a');
const topic = fc
  .array(level, { minLength: 1, maxLength: 4 })
  .map((levels) => levels.join('/'))
  .filter((text) => text !== '');
const filter = fc
  .tuple(fc.array(fc.oneof(level, fc.constant('+')), { maxLength: 4 }), fc.boolean(), fc.boolean())
  .map(([levels, hasHash, isShared]) => {
    const text = [...levels, ...(hasHash ? ['#'] : [])].join('/');
    return isShared ? `$share/g/${text}` : text;
  })
  .filter(isTopicFilter);

/** The rules of MQTT 5.0, 4.7 as a regular expression: slow, and not how the code does it. */
function reference(filterText: string, topicText: string): boolean {
  const inner = filterText.replace(/^\$share\/[^/]+\//, '');
  if (/^[+#]/.test(inner) && topicText.startsWith('$')) return false;
  const pattern = inner
    .split('/')
    .map((each) => each.replace(/[$]/g, '\\$&').replace('+', '[^/]*'))
    .join('/')
    .replace(/(^|\/)#$/, (_all, slash: string) => (slash === '' ? '.*' : '(/.*)?'));
  return new RegExp(`^${pattern}$`, 's').test(topicText);
}

test('matchesFilter() agrees with the reference', () => {
  fc.assert(
    fc.property(filter, topic, (each, name) => matchesFilter(each, name) === reference(each, name)),
    { numRuns: 5000 },
  );
});

test('filtersOverlap() is symmetric', () => {
  fc.assert(
    fc.property(filter, filter, (one, other) => filtersOverlap(one, other) === filtersOverlap(other, one)),
    { numRuns: 2000 },
  );
});

test('filtersOverlap() says yes when a topic matches both', () => {
  fc.assert(
    fc.property(filter, filter, topic, (one, other, name) => {
      fc.pre(matchesFilter(one, name) && matchesFilter(other, name));
      return filtersOverlap(one, other);
    }),
    { numRuns: 2000 },
  );
});

// The empty text is no topic, but `/#` and `+` have only that in common: taken for an overlap, which does no harm.
test('filtersOverlap() says no only when no topic of up to four levels matches both', () => {
  const levels = ['', 'a', 'b', '$a'];
  const deeper = (tails: string[]): string[] => levels.flatMap((each) => tails.map((tail) => `${each}/${tail}`));
  const two = deeper(levels);
  const three = deeper(two);
  const all = [...levels, ...two, ...three, ...deeper(three)];
  fc.assert(
    fc.property(filter, filter, (one, other) => {
      fc.pre(filtersOverlap(one, other));
      return all.some((name) => reference(one, name) && reference(other, name));
    }),
    { numRuns: 1000 },
  );
});

test('coversFilter() holds only where every topic of the one filter matches the other', () => {
  fc.assert(
    fc.property(filter, filter, topic, (wider, each, name) => {
      fc.pre(coversFilter(wider, each) && matchesFilter(each, name));
      return matchesFilter(wider, name);
    }),
    { numRuns: 2000 },
  );
});

test('filtersOverlap() of a filter and a topic is matchesFilter()', () => {
  fc.assert(
    fc.property(filter, topic, (each, name) => filtersOverlap(each, name) === matchesFilter(each, name)),
    { numRuns: 2000 },
  );
});

test('TopicTemplate.filterFor() matches whatever render() gives', () => {
  const part = fc.constantFrom('{topic}', '{topic[0]}', '{topic[1]}', '{topic[2]}', '{rule}', '/', 'r', '-');
  const text = fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => `r${parts.join('')}`);
  fc.assert(
    fc.property(text, filter, topic, (template, input, name) => {
      fc.pre(matchesFilter(input, name));
      const compiled = createTopicTemplate(template, { rule: 'x', clientId: 'y' });
      try {
        assert.ok(matchesFilter(compiled.filterFor(input), compiled.render(name)));
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error; // refused: nothing is published
      }
    }),
    { numRuns: 2000 },
  );
});

test('TopicTemplate.render() gives valid topics or refuses, whatever the topic', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 20 }), (name) => {
      try {
        return isTopicName(createTopicTemplate('{topic}/{topic[0]}', { rule: 'x', clientId: 'y' }).render(name));
      } catch (error) {
        return error instanceof ServiceError && error.code === 'ERR_RESULT_REFUSED';
      }
    }),
    { numRuns: 1000 },
  );
});
