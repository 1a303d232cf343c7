import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { OpenVino } from '../../../../src/engine/openvino-capi/bindings.js';
import { probeElementTypes } from '../../../../src/engine/openvino-capi/element-types.js';

// Bytes of eight elements by number of the type, as the libraries answer; 0 stands for an error.
const FROM_2025_1 = [0, 8, 16, 16, 32, 64, 4, 8, 16, 32, 64, 1, 2, 3, 4, 6, 8, 16, 32, 64, 4, 8, 8, 256, 4, 8];
const UNTIL_2025_0 = [0, ...FROM_2025_1];

/** A library that answers with these sizes; the number of a type serves as its tensor's handle. */
function library(sizes: readonly number[]): OpenVino {
  const answers: Partial<OpenVino> = {
    tensorCreate(type, _shape, out) {
      out[0] = BigInt(type);
      return (sizes[type] ?? 0) > 0 ? 0 : -14;
    },
    tensorGetByteSize(tensor, out) {
      out[0] = BigInt(sizes[Number(tensor)] ?? 0);
      return 0;
    },
    tensorFree() {},
  };
  return answers as OpenVino;
}

describe('probeElementTypes()', () => {
  for (const [release, sizes, f32, u8] of [
    ['from 2025.1 on', FROM_2025_1, 4, 16],
    ['until 2025.0', UNTIL_2025_0, 5, 17],
  ] as const) {
    it(`finds f32 and u8 of releases ${release}`, () => {
      const types = probeElementTypes(library(sizes));
      assert.deepEqual([types.numberOf('f32'), types.numberOf('u8')], [f32, u8]);
    });
    it(`names the types of releases ${release}`, () => {
      const types = probeElementTypes(library(sizes));
      assert.deepEqual([types.nameOf(f32), types.nameOf(u8), types.nameOf(f32 - 1)], ['f32', 'u8', 'f16']);
    });
  }
  it('gives a number without a known name as such', () => {
    assert.equal(probeElementTypes(library(FROM_2025_1)).nameOf(99), 'type 99');
  });
  it('refuses a library whose order is another', () => {
    const reversed = FROM_2025_1.toReversed();
    assert.throws(() => probeElementTypes(library(reversed)), { code: 'ERR_RUNTIME_LOAD' });
  });
  it('refuses a library that makes no tensors', () => {
    assert.throws(() => probeElementTypes(library([])), { code: 'ERR_RUNTIME_LOAD' });
  });
});
