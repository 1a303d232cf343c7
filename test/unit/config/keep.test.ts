/** What would go wrong: somebody says what is to be kept, and nothing is, without a word. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadText, loadWith } from '../../support/service/config-folder.js';

const faultsOf = (load: () => unknown): Readonly<Record<string, unknown>> => {
  try {
    load();
    return {};
  } catch (error) {
    return (error as { details: Record<string, unknown> }).details;
  }
};

describe('keep', () => {
  it('is off by default', () => {
    const { config } = loadText('mqtt: {}\n');
    assert.deepEqual([config.keep.path, config.rules[0]?.keep], [undefined, undefined]);
  });

  it('is said for all rules, or by a rule in its place', () => {
    const { config } = loadText(
      'keep: { path: kept, where: defect == 1, share: 0.02 }\n' +
        'rules:\n- { id: a, where: "true" }\n- { id: b, where: "true", keep: { share: 1 } }\n- { id: c, where: "true", keep: { where: "false" } }\n',
    );
    assert.deepEqual(
      config.rules.map(({ keep }) => keep),
      [{ where: 'defect == 1', share: 0.02 }, { share: 1 }, { where: 'false', share: 0 }],
    );
  });

  it('is read from the environment', () => {
    const { config } = loadWith({ env: { FLAWLINE_KEEP_PATH: 'kept', FLAWLINE_KEEP_SHARE: '0.5' } });
    assert.deepEqual([config.keep.path, config.rules[0]?.keep], ['kept', { share: 0.5 }]);
  });

  for (const [title, text, key] of [
    ['a share without a folder', 'keep: { share: 0.1 }', 'keep.share'],
    ['a predicate without a folder', 'keep: { where: defect > 0 }', 'keep.where'],
    ['a rule that keeps without a folder', 'rules: [{ id: a, where: "true", keep: { share: 1 } }]', 'rules[0].keep'],
    ['a share above one', 'keep: { path: a, share: 2 }', 'keep.share'],
    ['a predicate that is none', 'keep: { path: a, where: defect }', 'keep.where'],
    [
      'a name that is not known',
      'keep: { path: a }\nrules: [{ id: a, where: "true", keep: { shares: 1 } }]',
      'rules[0].keep.shares',
    ],
  ] as const) {
    it(`refuses ${title}`, () => {
      assert.deepEqual(Object.keys(faultsOf(() => loadText(`${text}\n`))), [key]);
    });
  }

  it('warns of a predicate that no picture can meet', () => {
    const { warnings } = loadText('keep: { path: a, where: area > 5.0 }\n');
    assert.match(warnings.join(), /keep\.where is true for no picture/);
  });
});
