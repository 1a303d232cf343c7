import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { givenOf, resolveSettings } from '../../../src/model/resolve-settings.js';
import { DEFAULT_SETTINGS } from '../../../src/model/settings.js';

describe('resolveSettings()', () => {
  it('is the plain contract when nobody says anything', () => {
    const { contract, sources } = resolveSettings([]);
    assert.deepEqual(contract, DEFAULT_SETTINGS);
    assert.deepEqual([...new Set(Object.values(sources))], ['default']);
    assert.deepEqual(givenOf(contract, sources), {});
  });

  it('takes each setting from the strongest source that has it', () => {
    const { contract, sources } = resolveSettings([
      ['configuration', { threshold: 0 }],
      ['model.json', { threshold: 0.4, scaleValues: [2] }],
      ['rt_info', { threshold: 0.3, scaleValues: [255], meanValues: [1] }],
    ]);
    assert.deepEqual([contract.threshold, contract.scaleValues, contract.meanValues], [0, [2], [1]]);
    assert.deepEqual(
      [sources.threshold, sources.scaleValues, sources.meanValues],
      ['configuration', 'model.json', 'rt_info'],
    );
  });

  it('lets a channel of a stronger source do away with classes and labels', () => {
    const { contract, sources } = resolveSettings([
      ['model.json', { channel: 1 }],
      ['rt_info', { labels: ['a'], classes: ['b'] }],
    ]);
    assert.deepEqual([contract.channel, contract.classes, contract.labels], [1, undefined, undefined]);
    assert.deepEqual(givenOf(contract, sources), { channel: 1 });
  });

  const LARGEST = { activation: 'softmax', threshold: 0, labels: ['a', 'b'] } as const;
  for (const [what, hints] of [
    ['one channel is read', { channel: 1 }],
    ['each channel is by itself', { activation: 'sigmoid' }],
  ] as const) {
    it(`leaves metadata's threshold for the largest channel out where ${what}`, () => {
      const { contract, sources } = resolveSettings([
        ['model.json', hints],
        ['rt_info', LARGEST],
      ]);
      assert.deepEqual([contract.threshold, sources.threshold], [0.5, 'default']);
    });

    it(`keeps a threshold of 0 that somebody set where ${what}`, () => {
      const { contract } = resolveSettings([
        ['configuration', { threshold: 0 }],
        ['model.json', hints],
        ['rt_info', LARGEST],
      ]);
      assert.equal(contract.threshold, 0);
    });
  }

  it('keeps the threshold for the largest channel beside classes of a stronger source', () => {
    const { contract } = resolveSettings([
      ['configuration', { classes: ['background', 'x', 'y'] }],
      ['model.json', { channel: 1 }],
      ['rt_info', LARGEST],
    ]);
    assert.deepEqual([contract.channel, contract.threshold], [undefined, 0]);
  });
});
