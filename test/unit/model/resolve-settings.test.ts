import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DEFAULT_SETTINGS, givenOf, resolveSettings } from '../../../src/model/settings.js';

describe('resolveSettings()', () => {
  it('is the defaults when nobody says anything', () => {
    const { settings, sources } = resolveSettings([]);
    assert.deepEqual(settings, DEFAULT_SETTINGS);
    assert.deepEqual([...new Set(Object.values(sources))], ['default']);
    assert.deepEqual(givenOf(settings, sources), {});
  });

  it('takes each setting from the strongest source that has it', () => {
    const { settings, sources } = resolveSettings([
      ['configuration', { threshold: 0 }],
      ['model.json', { threshold: 0.4, scaleValues: [2] }],
      ['rt_info', { threshold: 0.3, scaleValues: [255], meanValues: [1] }],
    ]);
    assert.deepEqual([settings.threshold, settings.scaleValues, settings.meanValues], [0, [2], [1]]);
    assert.deepEqual(
      [sources.threshold, sources.scaleValues, sources.meanValues],
      ['configuration', 'model.json', 'rt_info'],
    );
  });

  it('lets a channel of a stronger source do away with classes and labels', () => {
    const { settings, sources } = resolveSettings([
      ['model.json', { channel: 1 }],
      ['rt_info', { labels: ['a'], classes: ['b'] }],
    ]);
    assert.deepEqual([settings.channel, settings.classes, settings.labels], [1, undefined, undefined]);
    assert.deepEqual(givenOf(settings, sources), { channel: 1 });
  });

  const LARGEST = { activation: 'softmax', threshold: 0, labels: ['a', 'b'] } as const;
  for (const [what, fromManifest] of [
    ['one channel is read', { channel: 1 }],
    ['each channel is by itself', { activation: 'sigmoid' }],
  ] as const) {
    it(`leaves metadata's threshold for the largest channel out where ${what}`, () => {
      const { settings, sources } = resolveSettings([
        ['model.json', fromManifest],
        ['rt_info', LARGEST],
      ]);
      assert.deepEqual([settings.threshold, sources.threshold], [0.5, 'default']);
    });

    it(`keeps a threshold of 0 that somebody set where ${what}`, () => {
      const { settings } = resolveSettings([
        ['configuration', { threshold: 0 }],
        ['model.json', fromManifest],
        ['rt_info', LARGEST],
      ]);
      assert.equal(settings.threshold, 0);
    });
  }

  it('keeps the threshold for the largest channel beside classes of a stronger source', () => {
    const { settings } = resolveSettings([
      ['configuration', { classes: ['background', 'x', 'y'] }],
      ['model.json', { channel: 1 }],
      ['rt_info', LARGEST],
    ]);
    assert.deepEqual([settings.channel, settings.threshold], [undefined, 0]);
  });
});
