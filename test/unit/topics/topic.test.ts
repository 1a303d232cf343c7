import assert from 'node:assert/strict';
import { test } from 'node:test';
import { filtersOverlap, findFeedback, isTopicFilter, isTopicName, matchesFilter } from '../../../src/topics/topic.js';

// Cases marked with a clause stand in MQTT 5.0, 4.7 and 4.8 as examples.

test('isTopicName() takes UTF-8 text without wildcards and NUL, 1 to 65 535 bytes', () => {
  const names = ['a', '/', 'a/b', '$SYS/x', 'ünï/✓', 'a b', 'x'.repeat(65_535)];
  const others = ['', 'a/+', 'a/#', '#', 'a+b', 'a\0b', 'x'.repeat(65_536), '\ud800'];
  assert.deepEqual([names.filter((text) => !isTopicName(text)), others.filter(isTopicName)], [[], []]);
});

test('isTopicFilter() takes wildcards only as whole levels, # only at the end [MQTT-4.7.1]', () => {
  const filters = ['#', 'sport/tennis/#', '+', '+/tennis/#', 'sport/+/player1', '/+', 'a//b', '$share/g/#'];
  const others = ['sport/tennis#', 'sport/tennis/#/ranking', 'sport+', 'a/b+/c', '#/a', '', 'a\0'];
  assert.deepEqual([filters.filter((text) => !isTopicFilter(text)), others.filter(isTopicFilter)], [[], []]);
});

test('isTopicFilter() refuses a shared subscription without a group or a filter [MQTT-4.8.2]', () => {
  const others = ['$share/g', '$share/g/', '$share//a', '$share/+/a', '$share/a#/b', '$share/g/a#'];
  assert.deepEqual(others.filter(isTopicFilter), []);
});

test('matchesFilter(): # matches the parent level and any number below [MQTT-4.7.1.2]', () => {
  const topics = ['sport/tennis/player1', 'sport/tennis/player1/ranking', 'sport/tennis/player1/score/wimbledon'];
  assert.ok(topics.every((topic) => matchesFilter('sport/tennis/player1/#', topic)));
});

test('matchesFilter(): + matches exactly one level, an empty one too [MQTT-4.7.1.3]', () => {
  assert.deepEqual(
    [
      matchesFilter('sport/tennis/+', 'sport/tennis/player1'),
      matchesFilter('sport/tennis/+', 'sport/tennis/player1/ranking'),
      matchesFilter('sport/+', 'sport'),
      matchesFilter('sport/+', 'sport/'),
      matchesFilter('+/+', '/finance'),
      matchesFilter('/+', '/finance'),
      matchesFilter('+', '/finance'),
    ],
    [true, false, false, true, true, true, false],
  );
});

test('matchesFilter(): a leading wildcard does not match a leading $ [MQTT-4.7.2-1]', () => {
  assert.deepEqual(
    ['#', '+/monitor/Clients', '$SYS/#', '$SYS/monitor/+'].map((filter) =>
      matchesFilter(filter, '$SYS/monitor/Clients'),
    ),
    [false, false, true, true],
  );
});

test('matchesFilter() looks at the inner filter of a shared subscription', () => {
  assert.deepEqual(
    [matchesFilter('$share/line/cam/+', 'cam/1'), matchesFilter('$share/line/cam/+', '$share/line/cam/1')],
    [true, false],
  );
});

test('filtersOverlap() finds a common topic of two filters with wildcards', () => {
  const pairs: [string, string, boolean][] = [
    ['a/+', '+/b', true],
    ['a/#', 'a', true],
    ['a/+/c', 'a/b/+', true],
    ['+/b', 'a/c', false],
    ['a/#', 'b/#', false],
    ['a/b', 'a/b/+', false],
    ['#', '$SYS/x', false],
    ['#', '+/x', true],
    ['$share/g/a/+', 'a/b', true],
  ];
  assert.deepEqual(
    pairs.map(([one, other]) => filtersOverlap(one, other)),
    pairs.map(([, , expected]) => expected),
  );
});

test('findFeedback() names every input with the output that comes back to it', () => {
  assert.deepEqual(findFeedback(['cam/+', '#'], ['results/a', 'cam/x']), [
    { input: 'cam/+', output: 'cam/x' },
    { input: '#', output: 'results/a' },
    { input: '#', output: 'cam/x' },
  ]);
});
