import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Port } from '../../../src/engine/engine.js';
import { DEFAULT_SETTINGS, type ModelSettings } from '../../../src/model/settings.js';
import type { Image } from '../../../src/vision/image.js';
import { createSimdPixelOps } from '../../../src/vision/kernels/simd-pixel-ops.js';
import type { Planes } from '../../../src/vision/planes.js';
import { createPlainPixelOps } from '../../../src/vision/pixel-ops.js';
import { createInputWriter, planesOf, shrinkOf } from '../../../src/worker/preprocess.js';

const inputOf = (shape: number[], elementType: 'u8' | 'f32' = 'f32'): Port => ({ name: 'image', elementType, shape });
const SQUARE = inputOf([1, 3, 4, 4]);

function write(picture: Image | Planes, settings: Partial<ModelSettings>, input = SQUARE) {
  const writer = createInputWriter(input, { ...DEFAULT_SETTINGS, ...settings }, createPlainPixelOps());
  const tensor = new Float32Array(input.shape.reduce((a, b) => a * b));
  const placed = writer(picture, tensor);
  return { ...placed, tensor: [...tensor] };
}

/** A grey picture whose pixels count up. */
const counted = (width: number, height: number): Image => ({
  width,
  height,
  channels: 1,
  data: Uint8Array.from({ length: width * height }, (_, i) => i + 1),
});

describe('createInputWriter()', () => {
  it('lays a wide picture into the middle, with a border of the pad value', () => {
    const { resized, content, seen } = write(counted(4, 2), { resizeType: 'fit_to_window_letterbox', padValue: 114 });
    assert.deepEqual([...resized.data], [114, 114, 114, 114, 1, 2, 3, 4, 5, 6, 7, 8, 114, 114, 114, 114]);
    assert.deepEqual(
      [content, seen],
      [
        { x: 0, y: 1, width: 4, height: 2 },
        { x: 0, y: 0, width: 4, height: 2 },
      ],
    );
  });

  it('leaves no trace of the picture before, whatever sizes come one after the other', () => {
    const sizes = [
      [40, 20],
      [40, 20],
      [20, 40],
      [40, 20],
      [30, 30],
      [40, 20],
      [40, 10],
      [13, 40],
      [40, 20],
    ] as const;
    const input = inputOf([1, 3, 32, 32]);
    const letterbox = { ...DEFAULT_SETTINGS, resizeType: 'fit_to_window_letterbox', padValue: 114 } as const;
    const normalised: ModelSettings = { ...letterbox, reverseInputChannels: true, scaleValues: [255] };
    const implementations = [createPlainPixelOps, () => createSimdPixelOps({ width: 32, height: 32 })];
    for (const [create, settings] of implementations.flatMap((each) => [
      [each, letterbox] as const,
      [each, normalised] as const,
    ])) {
      const pixels = create();
      const writer = createInputWriter(input, settings, pixels);
      const { buffer, byteOffset } = pixels.allocate(4 * 3 * 32 * 32);
      const tensor = new Float32Array(buffer, byteOffset, 3 * 32 * 32);
      for (const [i, [width, height]] of sizes.entries()) {
        for (const [turn, channels] of ([3, 3, 1, 1, 3] as const).entries()) {
          const data = Uint8Array.from(
            { length: width * height * channels },
            (_, at) => (at * 31 + i * 7 + turn) % 256,
          );
          const picture: Image = { width, height, channels, data };
          const fresh = createInputWriter(input, settings, createPlainPixelOps());
          const freshTensor = new Float32Array(3 * 32 * 32);
          const expected = new Uint8Array(fresh(picture, freshTensor).resized.data);
          assert.deepEqual(new Uint8Array(writer(picture, tensor).resized.data), expected, `${width}×${height}`);
          assert.deepEqual(Float32Array.from(tensor), freshTensor, `${width}×${height}×${channels}`);
        }
      }
    }
  });

  it('lays a high coloured picture into the corner', () => {
    const data = Uint8Array.from({ length: 24 }, (_, i) => i + 1);
    const { resized } = write({ width: 2, height: 4, channels: 3, data }, { resizeType: 'fit_to_window' });
    assert.deepEqual([...resized.data.subarray(0, 12)], [1, 2, 3, 4, 5, 6, 0, 0, 0, 0, 0, 0]);
  });

  it('normalises the border as the picture', () => {
    const settings = { resizeType: 'fit_to_window', padValue: 10, meanValues: [10], scaleValues: [2] } as const;
    assert.deepEqual(write(counted(4, 2), settings).tensor.slice(0, 16), [
      ...[-4.5, -4, -3.5, -3, -2.5, -2, -1.5, -1],
      ...Array(8).fill(0),
    ]);
  });

  it('crops the middle', () => {
    const { resized, seen } = write(counted(6, 4), { resizeType: 'crop' });
    assert.deepEqual([...resized.data], [2, 3, 4, 5, 8, 9, 10, 11, 14, 15, 16, 17, 20, 21, 22, 23]);
    assert.deepEqual(seen, { x: 1, y: 0, width: 4, height: 4 });
  });

  it('with area looks at every pixel, between borders too', () => {
    const line: Image = { width: 32, height: 16, channels: 1, data: new Uint8Array(512) };
    for (let y = 0; y < 16; y++) line.data[y * 32 + 9] = 255; // lies between the pixels that linear looks at
    const resizeType = 'fit_to_window_letterbox';
    const first = (settings: Partial<ModelSettings>) => [...write(line, settings).resized.data.subarray(4, 8)];
    assert.deepEqual(first({ resizeType }), [0, 0, 0, 0]);
    assert.deepEqual(first({ resizeType, interpolation: 'area' }), [11, 22, 0, 0]);
  });

  for (const [what, settings, input, message] of [
    ['mean for a u8 input', { meanValues: [1] }, inputOf([1, 3, 4, 4], 'u8'), /need an f32 input: it is u8/],
    ['a scale of 0', { scaleValues: [0] }, SQUARE, /scaleValues must not be 0/],
    ['three means for a grey input', { meanValues: [1, 2, 3] }, inputOf([1, 1, 4, 4]), /each of 1 channels/],
    [
      'scaled decoding without area',
      { decode: 'scaled' },
      SQUARE,
      /decode scaled needs interpolation area: it is linear/,
    ],
    [
      'linear for the shorter edge',
      { resizeType: 'shorter_edge_crop', interpolation: 'linear' },
      SQUARE,
      /interpolation must be area or left out, not linear/,
    ],
    ['crop for an oblong input', { resizeType: 'crop' }, inputOf([1, 3, 4, 8]), /square input, not 8×4/],
  ] as const) {
    it(`refuses ${what}`, () => {
      assert.throws(() => write(counted(4, 4), settings, input), { code: 'ERR_MODEL_CONTRACT', message });
    });
  }

  it('takes a scale of 1 for a u8 input', () => {
    assert.doesNotThrow(() => write(counted(4, 4), { scaleValues: [1, 1, 1] }, inputOf([1, 3, 4, 4], 'u8')));
  });
});

describe('shrinkOf()', () => {
  const settings = { ...DEFAULT_SETTINGS, interpolation: 'area', decode: 'scaled' } as const;
  const input = inputOf([1, 3, 100, 200]);

  it('allows nothing when pictures are decoded exactly', () => {
    assert.equal(shrinkOf(input, { ...settings, decode: 'exact' }), undefined);
  });

  for (const [width, height, resizeType, shrink] of [
    [1600, 800, 'standard', 8],
    [1599, 800, 'standard', 4],
    [1600, 799, 'standard', 4],
    [400, 200, 'standard', 2],
    [399, 200, 'standard', 1],
    [20, 10, 'standard', 1],
    // 200×50 in the middle: a quarter of the height is enough.
    [1600, 400, 'fit_to_window_letterbox', 8],
  ] as const) {
    it(`allows 1/${shrink} of ${width}×${height} for 200×100, ${resizeType}`, () => {
      assert.equal(shrinkOf(input, { ...settings, resizeType })?.({ width, height }), shrink);
    });
  }

  it('of a crop counts what the model sees', () => {
    const shrink = shrinkOf(inputOf([1, 3, 100, 100]), { ...settings, resizeType: 'crop' });
    assert.equal(shrink?.({ width: 1600, height: 400 }), 4);
  });
});

describe('createInputWriter() of a picture that was decoded smaller', () => {
  it('says what the model sees in pixels of the whole picture', () => {
    const half = { ...counted(6, 4), fullSize: { width: 11, height: 8 } };
    const { seen, content, resized } = write(half, { resizeType: 'crop', interpolation: 'area' });
    assert.deepEqual(seen, { x: 1, y: 0, width: 8, height: 8 });
    assert.deepEqual(content, { x: 0, y: 0, width: 4, height: 4 });
    assert.deepEqual([...resized.data], [2, 3, 4, 5, 8, 9, 10, 11, 14, 15, 16, 17, 20, 21, 22, 23]);
  });
});

describe('planesOf()', () => {
  const input = inputOf([1, 3, 100, 200]);
  const simd = createSimdPixelOps({ width: 200, height: 100 });
  const wanted = (settings: Partial<ModelSettings>, pixels = simd) =>
    planesOf(input, { ...DEFAULT_SETTINGS, ...settings }, pixels);

  for (const [width, height, resizeType, isWanted] of [
    [1600, 800, 'standard', true],
    [600, 400, 'standard', true],
    [600, 399, 'standard', false],
    [200, 100, 'standard', false],
    // 50×100 in the middle of the input.
    [200, 400, 'fit_to_window_letterbox', true],
    [100, 200, 'fit_to_window', false],
  ] as const) {
    it(`${isWanted ? 'wants' : 'does not want'} planes of ${width}×${height} for 200×100, ${resizeType}`, () => {
      assert.equal(wanted({ resizeType })?.({ width, height }), isWanted);
    });
  }

  for (const [what, settings] of [
    ['area', { interpolation: 'area' }],
    ['a crop', { resizeType: 'crop' }],
    ['a crop of the shorter edge', { resizeType: 'shorter_edge_crop' }],
  ] as const) {
    it(`wants none for ${what}`, () => assert.equal(wanted(settings), undefined));
  }

  it('wants none where no kernel reads them', () => assert.equal(wanted({}, createPlainPixelOps()), undefined));
});

describe('createInputWriter() of a picture in planes', () => {
  /** Of one colour: brightness and both colours. */
  const flat = (width: number, height: number): Planes => {
    const plane = (value: number) => ({ data: new Uint8Array(width * height).fill(value), stride: width });
    return { width, height, shared: { x: 1, y: 1 }, luma: plane(100), blue: plane(128), red: plane(178) };
  };
  /** ITU-R BT.601: red is 50 × 1.402 above the brightness, green 50 × 0.714 below. */
  const COLOUR = [100, 64, 170];

  it('stretches it over the input', () => {
    const { resized, tensor } = write(flat(8, 8), {});
    assert.deepEqual([...resized.data], Array.from({ length: 16 }, () => COLOUR).flat());
    assert.deepEqual(tensor.slice(0, 17), [...Array.from({ length: 16 }, () => 100), 64]);
  });

  it('lays it between the borders of a letterbox', () => {
    const { resized, content } = write(flat(8, 4), { resizeType: 'fit_to_window_letterbox', padValue: 7 });
    const border = Array.from({ length: 12 }, () => 7);
    assert.deepEqual(content, { x: 0, y: 1, width: 4, height: 2 });
    assert.deepEqual([...resized.data], [...border, ...Array.from({ length: 8 }, () => COLOUR).flat(), ...border]);
  });

  it('refuses it for a model that sees a crop', () =>
    assert.throws(() => write(flat(8, 4), { resizeType: 'crop' }), /planes/));
});
