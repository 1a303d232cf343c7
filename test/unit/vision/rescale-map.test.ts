import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createMapRescaler, createNearestRescaler } from '../../../src/vision/rescale-map.js';

const FROM = { width: 3, height: 4 };
const NUMBERS = Float32Array.of(0, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144);

describe('createMapRescaler()', () => {
  /** Of OpenCV 4.14: cv2.resize(NUMBERS / 144, (w, h), interpolation=cv2.INTER_LINEAR) in float32. */
  const EXPECTED = [
    {
      to: { width: 5, height: 6 },
      values: [
        ...[0, 0.0027777778450399637, 0.0069444444961845875, 0.011111111380159855, 0.013888888992369175],
        ...[0.010416666977107525, 0.014583333395421505, 0.02083333395421505, 0.02916666865348816, 0.0347222238779068],
        ...[0.032407406717538834, 0.040740739554166794, 0.05324074253439903, 0.07268518954515457, 0.08564814925193787],
        ...[0.07870370149612427, 0.09814814478158951, 0.12731480598449707, 0.1745370328426361, 0.20601850748062134],
        ...[0.236111119389534, 0.2944444417953491, 0.381944477558136, 0.5236111283302307, 0.6180555820465088],
        ...[0.3819444477558136, 0.4763889014720917, 0.6180555820465088, 0.8472222685813904, 1],
      ],
    },
    { to: { width: 2, height: 2 }, values: [0.013020833022892475, 0.03125, 0.2725694477558136, 0.5590277910232544] },
  ];
  for (const { to, values } of EXPECTED) {
    it(`is OpenCV’s INTER_LINEAR to ${to.width}×${to.height}, but for the last bit`, () => {
      const out = new Float32Array(to.width * to.height);
      createMapRescaler(FROM, to)(
        NUMBERS.map((value) => value / 144),
        out,
      );
      const largest = Math.max(...out.map((value, i) => Math.abs(value - (values[i] ?? Number.NaN))));
      assert.ok(largest <= 2 ** -24, `${largest}`);
    });
  }
});

describe('createNearestRescaler()', () => {
  /** Of OpenCV 4.14, INTER_NEAREST. */
  for (const [to, values] of [
    [{ width: 2, height: 3 }, [0, 1, 3, 5, 13, 21]],
    [
      { width: 7, height: 5 },
      [
        ...[0, 0, 0, 1, 1, 2, 2],
        ...[0, 0, 0, 1, 1, 2, 2],
        ...[3, 3, 3, 5, 5, 8, 8],
        ...[13, 13, 13, 21, 21, 34, 34],
        ...[55, 55, 55, 89, 89, 144, 144],
      ],
    ],
  ] as const) {
    it(`is OpenCV’s INTER_NEAREST to ${to.width}×${to.height}`, () => {
      const out = new Float32Array(to.width * to.height);
      createNearestRescaler(FROM, to)(NUMBERS, out);
      assert.deepEqual([...out], [...values]);
    });
  }
});
