import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createSimdDecoder, type DecodePlain, decodePlain, decodePlainBase64 } from '../../src/payload/base64.js';
import { copyBytes } from '../../src/std/libc.js';

const decoders: Readonly<Record<string, () => DecodePlain>> = {
  plain: () => decodePlain,
  'WebAssembly SIMD': createSimdDecoder,
  'WebAssembly SIMD, brought in by the C library': () => createSimdDecoder(copyBytes),
};
/** Around the size from which SIMD is used, and around its blocks. */
const bytes = fc.uint8Array({ minLength: 3_000, maxLength: 3_200 });

for (const [name, create] of Object.entries(decoders)) {
  describe(`base64 decoder: ${name}`, () => {
    const decode = create();
    const decoded = (text: string) => {
      const result = decode(Buffer.from(text, 'latin1'));
      return result && Buffer.from(result);
    };
    /** Not deepEqual: to show how two long buffers differ takes it minutes. */
    const assertDecodes = (text: string, expected: Buffer) => assert.ok(decoded(text)?.equals(expected) === true);

    it('decodes what Node encodes', () => {
      fc.assert(
        fc.property(bytes, (data) => {
          assertDecodes(Buffer.from(data).toString('base64'), Buffer.from(data));
        }),
        { numRuns: 300 },
      );
    });

    it('decodes every pair of characters', () => {
      const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
      const text = [...alphabet].flatMap((a) => [...alphabet].map((b) => a + b)).join('');
      assertDecodes(text, Buffer.from(text, 'base64'));
    });

    it('takes and refuses what the strict decoder takes and refuses, whatever one character is', () => {
      const text = Buffer.alloc(3_072, 0x5a).toString('base64');
      fc.assert(
        fc.property(fc.nat(text.length - 1), fc.nat(255), (at, code) => {
          const changed = text.slice(0, at) + String.fromCharCode(code) + text.slice(at + 1);
          const expected = decodePlainBase64(changed);
          if (expected === undefined) assert.equal(decoded(changed), undefined);
          else assertDecodes(changed, Buffer.from(expected));
        }),
        { numRuns: 2_000 },
      );
    });

    it('refuses a length that is no multiple of four', () => {
      assert.equal(decoded('A'.repeat(5_001)), undefined);
    });

    it('decodes behind a data: prefix', () => {
      const data = Buffer.alloc(4_000, 0x33);
      assertDecodes(`data:image/png;base64,${data.toString('base64')}`, data);
    });

    it('decodes one text after another, larger and smaller', () => {
      for (const size of [200_000, 10, 5_000, 13_000_000, 4_000]) {
        const data = Buffer.alloc(size, size % 251);
        assertDecodes(data.toString('base64'), data);
      }
    });
  });
}
