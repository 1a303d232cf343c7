import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type FoundPort, layoutOf, selectInput, selectOutputs, sizeOf } from '../../../src/engine/ports.js';

const port = (elementType: string, dimensions: number[], name = 'p'): FoundPort => ({ name, elementType, dimensions });
const mapShape = (shape: number[]) => ({ name: '', elementType: 'f32', shape }) as const;

describe('selectInput()', () => {
  for (const [elementType, shape] of [
    ['u8', [1, 3, 256, 512]],
    ['f32', [1, 3, 256, 512]],
    ['u8', [1, 256, 512, 3]],
    ['f32', [1, 256, 512, 3]],
    ['u8', [1, 1, 256, 512]],
    ['f32', [1, 256, 512, 1]],
  ] as const) {
    it(`takes ${elementType} [${shape}]`, () => {
      assert.deepEqual(selectInput([port(elementType, [...shape])]), { name: 'p', elementType, shape: [...shape] });
    });
  }

  for (const [found, bound] of [
    ['f16', 'f32'],
    ['bf16', 'f32'],
    ['f64', 'f32'],
    ['i32', 'u8'],
    ['i64', 'u8'],
    ['u16', 'u8'],
  ] as const) {
    it(`binds ${found} as ${bound}`, () => {
      assert.equal(selectInput([port(found, [1, 3, 8, 8])]).elementType, bound);
    });
  }

  for (const [open, closed] of [
    [
      [-1, 3, -1, -1],
      [1, 3, 5, 9],
    ],
    [
      [-1, -1, -1, 3],
      [1, 5, 9, 3],
    ],
    [
      [1, 3, -1, 8],
      [1, 3, 5, 8],
    ],
    [
      [1, 3, 7, 8],
      [1, 3, 7, 8],
    ],
  ] as const) {
    it(`fills [${open}] with a given size where it is open`, () => {
      assert.deepEqual(selectInput([port('u8', [...open])], { width: 9, height: 5 }).shape, closed);
    });
  }

  it('sets a dynamic batch to 1', () => {
    assert.deepEqual(selectInput([port('u8', [-1, 3, 8, 8])]).shape, [1, 3, 8, 8]);
  });

  for (const [what, inputs] of [
    ['no input', []],
    ['two inputs', [port('u8', [1, 3, 8, 8]), port('u8', [1, 3, 8, 8])]],
    ['a batch of 2', [port('u8', [2, 3, 8, 8])]],
    ['two channels', [port('u8', [1, 2, 8, 8])]],
    ['rank 3 without channels', [port('u8', [8, 8, 3])]],
    ['rank 2', [port('u8', [8, 8])]],
    ['an unknown rank', [port('u8', [])]],
    ['a dynamic channel count', [port('u8', [1, -1, 8, 8])]],
    ['an i8 input, which cannot hold 255', [port('i8', [1, 3, 8, 8])]],
    ['a boolean input', [port('boolean', [1, 3, 8, 8])]],
    ['no rows', [port('u8', [1, 3, 0, 8])]],
    ['more pixels than any picture', [port('u8', [1, 3, 1_000_000, 1_000_000])]],
  ] as const) {
    it(`refuses ${what}`, () => {
      assert.throws(() => selectInput([...inputs]), { code: 'ERR_MODEL_CONTRACT' });
    });
  }

  it('names the dynamic dimension that it refuses', () => {
    assert.throws(() => selectInput([port('u8', [1, 3, -1, 8], 'image')]), {
      message: /: it has "image" u8 \[1,3,\?,8\], whose dimension 2 is dynamic; .* in model\.json fixes it$/,
    });
  });

  for (const [shape, size] of [
    [[-1, -1, -1, -1], { width: 9, height: 5 }],
    [[-1, -1, -1, -1], undefined],
    [[1, -1, 8, 9], undefined],
    [[1, 8, 9, -1], undefined],
  ] as const) {
    it(`names open channels in [${shape}], which no input size closes`, () => {
      assert.throws(() => selectInput([port('f32', [...shape])], size), {
        code: 'ERR_MODEL_CONTRACT',
        message: /whose channels \(dimension [13]\) are open; export it with 3 of them, or 1$/,
      });
    });
  }

  it('says what was expected and what was found as data', () => {
    assert.throws(() => selectInput([port('i8', [1, 3, 8, 8], '')]), {
      details: {
        expected:
          'one input of shape [1,3,H,W], [1,H,W,3], [1,1,H,W], [1,H,W,1] or [3,H,W], of numbers that hold 0 to 255, with a fixed H and W',
        found: '(unnamed) i8 [1,3,8,8]',
      },
    });
  });
});

describe('selectOutputs()', () => {
  for (const shape of [
    [1, 1, 8, 9],
    [1, 8, 9, 1],
    [1, 8, 9],
    [8, 9],
    [1, 4, 8, 9],
    [1, 8, 9, 4],
  ]) {
    it(`takes f32 [${shape}]`, () => {
      const expected = [{ index: 0, port: { name: 'p', elementType: 'f32', shape } }];
      assert.deepEqual(selectOutputs([port('f32', shape)]), expected);
    });
  }

  for (const [found, bound] of [
    ['f16', 'f32'],
    ['bf16', 'f32'],
    ['f64', 'f32'],
    ['boolean', 'u8'],
    ['u8', 'u8'],
    ['i8', 'i32'],
    ['u16', 'i32'],
    ['i64', 'i64'],
    ['u32', 'i64'],
  ] as const) {
    it(`binds ${found} as ${bound}`, () => {
      assert.equal(selectOutputs([port(found, [1, 1, 8, 9])])[0]?.port.elementType, bound);
    });
  }

  it('takes an output whose length depends on the picture', () => {
    assert.deepEqual(selectOutputs([port('f32', [1, -1, 5])])[0]?.port.shape, [1, -1, 5]);
  });

  it('leaves other outputs alone and keeps the index of those that fit', () => {
    const outputs = [port('f32', [1], 'score'), port('string', [1, 1, 8, 8]), port('f32', [1, 1, 8, 8], 'map')];
    assert.deepEqual(
      selectOutputs(outputs).map(({ index, port: { name } }) => [index, name]),
      [
        [0, 'score'],
        [2, 'map'],
      ],
    );
  });

  for (const [what, outputs] of [
    ['no output', []],
    ['a map of texts', [port('string', [1, 1, 8, 8])]],
    ['a batch of 2', [port('f32', [2, 8, 8])]],
    ['rank 5', [port('f32', [1, 1, 1, 8, 8])]],
  ] as const) {
    it(`refuses ${what}`, () => {
      assert.throws(() => selectOutputs([...outputs]), { code: 'ERR_MODEL_CONTRACT' });
    });
  }
});

describe('layoutOf()', () => {
  it('is NCHW for a shape that could be both', () => {
    assert.equal(layoutOf(mapShape([1, 3, 8, 3])), 'NCHW');
  });
  it('is NHWC when only the last dimension is 3', () => {
    assert.equal(layoutOf(mapShape([1, 8, 9, 3])), 'NHWC');
  });
});

describe('sizeOf()', () => {
  for (const shape of [
    [1, 3, 8, 9],
    [1, 8, 9, 3],
    [1, 1, 8, 9],
    [1, 8, 9, 1],
    [1, 8, 9],
    [8, 9],
  ]) {
    it(`finds 9 × 8 pixels in [${shape}]`, () => {
      assert.deepEqual(sizeOf(mapShape(shape)), { width: 9, height: 8 });
    });
  }
  it('takes a map of one column for [1,1,H,1]', () => {
    assert.deepEqual(sizeOf(mapShape([1, 1, 8, 1])), { width: 1, height: 8 });
  });
});
