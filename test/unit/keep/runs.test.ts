/** What would go wrong: a body from the network makes the service allocate without end, or a mask that is shifted is stored. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maskOfRuns } from '../../../src/keep/runs.js';

const PICTURE = { width: 4, height: 2 };

test('maskOfRuns() reads black and white in turn, black first', () => {
  const mask = maskOfRuns({ width: 4, height: 2, runs: [1, 2, 3, 1, 1] }, PICTURE);
  assert.deepEqual(typeof mask === 'string' ? mask : [...mask.data], [0, 255, 255, 0, 0, 0, 255, 0]);
});

test('maskOfRuns() takes a smaller mask of the picture', () => {
  assert.notEqual(typeof maskOfRuns({ width: 2, height: 1, runs: [0, 2] }, PICTURE), 'string');
});

for (const [title, value] of [
  ['nothing', undefined],
  ['a list', [1]],
  ['no runs', { width: 4, height: 2 }],
  ['a mask larger than the picture', { width: 4, height: 3, runs: [12] }],
  ['a side of a billion pixels', { width: 1e9, height: 1, runs: [1e9] }],
  ['a side that is no number', { width: '4', height: 2, runs: [8] }],
  ['runs that are too short', { width: 4, height: 2, runs: [7] }],
  ['runs that are too long', { width: 4, height: 2, runs: [4, 5] }],
  ['a run below zero', { width: 4, height: 2, runs: [9, -1] }],
  ['a run that is no whole number', { width: 4, height: 2, runs: [0.5, 7.5] }],
] as const) {
  test(`maskOfRuns() refuses ${title}`, () => assert.match(String(maskOfRuns(value, PICTURE)), /must/));
}
