/** What would go wrong: pictures are kept that nobody asked for, a predicate of keeping stops a message, or keeping costs when it is off. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { KeepSpec } from '../../../src/domain/rule.js';
import { compileKeep, createKeepPicture } from '../../../src/worker/keep-picture.js';
import type { Prediction } from '../../../src/worker/prediction.js';
import { measuresOf } from '../../support/builders.js';

const SPEC = { stream: 's', model: 'tiles', where: 'true', topic: 't', fields: [], render: 'none' } as const;
/** 4×2, of which the model's picture takes the middle columns. */
const PREDICTION = {
  mask: Uint8Array.of(0, 255, 0, 0, 0, 0, 255, 0),
  content: { x: 1, y: 0, width: 2, height: 2 },
  seen: { x: 0, y: 0, width: 20, height: 20 },
} as unknown as Prediction;

function keep(specs: readonly (KeepSpec | undefined)[], score = 0, random = 0.5) {
  const rules = specs.map((spec, index) => ({
    spec: { ...SPEC, id: `r${index}` },
    ...(spec && { keep: compileKeep(spec, []) }),
  }));
  const facts = { measures: measuresOf({ score }), topic: 'line/1', msg: {}, props: [] };
  const keepPicture = createKeepPicture({ threshold: 0.5, random: () => random }, 4);
  return keepPicture(rules, { facts, bytes: Uint8Array.of(1, 2, 3), prediction: PREDICTION });
}

describe('createKeepPicture()', () => {
  for (const [score, isKept] of [
    [0.29, false],
    [0.31, true],
    [0.69, true],
    [0.71, false],
  ] as const) {
    it(`takes a score of ${score} at a threshold of 0.5 for ${isKept ? '' : 'not '}near`, () => {
      assert.deepEqual(
        keep([{ share: 0 }], score).kept?.reasons,
        isKept ? [{ rule: 'r0', why: 'threshold' }] : undefined,
      );
    });
  }

  it('asks the predicate in place of the threshold', () => {
    assert.equal(keep([{ where: 'topic == "line/2"', share: 0 }], 0.5).kept, undefined);
    assert.deepEqual(keep([{ where: 'topic == "line/1"', share: 0 }]).kept?.reasons, [{ rule: 'r0', why: 'where' }]);
  });

  it('draws a share by lot, none of a share of 0', () => {
    assert.deepEqual(keep([{ where: 'false', share: 0.02 }], 0, 0.019).kept?.reasons, [{ rule: 'r0', why: 'share' }]);
    assert.equal(keep([{ where: 'false', share: 0.02 }], 0, 0.02).kept, undefined);
    assert.equal(keep([{ where: 'false', share: 0 }], 0, 0).kept, undefined);
  });

  it('keeps a picture once for all rules that want it, with the part of the mask that is of the picture', () => {
    const { kept } = keep([undefined, { share: 0 }, { where: 'true', share: 0 }], 0.5);
    assert.deepEqual(kept?.reasons, [
      { rule: 'r1', why: 'threshold' },
      { rule: 'r2', why: 'where' },
    ]);
    assert.deepEqual(
      [kept?.model, [...(kept?.mask ?? [])], kept?.maskSize],
      ['tiles', [255, 0, 0, 255], { width: 2, height: 2 }],
    );
    assert.deepEqual([...(kept?.picture ?? [])], [1, 2, 3]);
  });

  it('goes on when a predicate fails on the picture, and says why', () => {
    const { kept, keepFault } = keep([{ where: 'msg.shift == 1', share: 0 }, { share: 1 }], 0.5);
    assert.match(keepFault ?? '', /shift/);
    assert.deepEqual(kept?.reasons, [{ rule: 'r1', why: 'threshold' }]);
  });
});
