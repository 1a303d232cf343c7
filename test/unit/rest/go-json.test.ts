import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseGoJson, writeGoJson } from '../../../src/rest/go-json.js';

/** As Go 1.26's encoding/json says it. */
const REFUSED: readonly (readonly [text: string, message: string])[] = [
  ['', 'unexpected end of JSON input'],
  ['not json', "invalid character 'o' in literal null (expecting 'u')"],
  ['{bad', "invalid character 'b' looking for beginning of object key string"],
  ['{"a" 1}', "invalid character '1' after object key"],
  ['{"a":1 "b"}', "invalid character '\"' after object key:value pair"],
  ['{"a":1,}', "invalid character '}' looking for beginning of object key string"],
  ['[1 2]', "invalid character '2' after array element"],
  ['[1,]', "invalid character ']' looking for beginning of value"],
  ['{"a":}', "invalid character '}' looking for beginning of value"],
  ['{} x', "invalid character 'x' after top-level value"],
  ['"a\nb"', "invalid character '\\n' in string literal"],
  ['"\\q"', "invalid character 'q' in string escape code"],
  ['"\\u12g4"', "invalid character 'g' in \\u hexadecimal character escape"],
  ['01', "invalid character '1' after top-level value"],
  ['1.x', "invalid character 'x' after decimal point in numeric literal"],
  ['1e', 'unexpected end of JSON input'],
  ['-', 'unexpected end of JSON input'],
  ["'a'", "invalid character '\\'' looking for beginning of value"],
  ['ü', "invalid character 'ü' looking for beginning of value"],
  ['{"a": [1, {"b": tru', 'unexpected end of JSON input'],
];

for (const [text, message] of REFUSED) {
  test(`parseGoJson() of ${JSON.stringify(text)} says what Go says`, () => {
    assert.throws(() => parseGoJson(text), { name: 'GoJsonError', message });
  });
}

test('parseGoJson() refuses a million brackets without a full stack', () => {
  assert.throws(() => parseGoJson('['.repeat(1_000_000)), { message: 'unexpected end of JSON input' });
});

test('parseGoJson() has a sentence for every text that is no JSON, and reads every other', () => {
  fc.assert(
    fc.property(fc.json(), fc.nat(), (json, at) => {
      assert.deepEqual(parseGoJson(json), JSON.parse(json));
      const cut = json.slice(0, at % (json.length + 1));
      try {
        JSON.parse(cut);
      } catch {
        assert.throws(() => parseGoJson(cut), { name: 'GoJsonError' });
      }
    }),
  );
});

test('writeGoJson() writes keys in byte order and escapes what could be a tag', () => {
  assert.equal(
    writeGoJson({ b: [{ z: 1, a: '<&>' }], a: null, B: true }),
    '{"B":true,"a":null,"b":[{"a":"\\u003c\\u0026\\u003e","z":1}]}',
  );
});
