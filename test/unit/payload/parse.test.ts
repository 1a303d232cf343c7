import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ParseOptions, parse } from '../../../src/payload/parse.js';

const options: ParseOptions = { imageField: 'image', isPicture: (bytes) => bytes[0] === 0xff };
const parsed = (json: string) => parse(Buffer.from(json), options);
const text = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString('utf8');
const refuses = (payload: string | Uint8Array, code: string, message?: RegExp) =>
  assert.throws(() => parse(Buffer.from(payload), options), {
    code,
    ...(message === undefined ? {} : { message }),
  });

// "Man" is TWFu, "Ma" is TWE=, "M" is TQ== (the examples of RFC 4648's predecessors); f/8= holds bytes 7f ff.
describe('parse() of JSON', () => {
  it('decodes the field', () => assert.equal(text(parsed('{"image":"TWFu"}').bytes), 'Man'));
  it('gives the other fields', () =>
    assert.deepEqual(
      { ...parsed('{"line":"A","image":"TWFu","n":[1,{"x":null}]}').msg },
      { line: 'A', n: [1, { x: null }] },
    ));
  it('finds another field by option', () =>
    assert.equal(
      text(parse(Buffer.from('{"image":1,"füll":"TWFu"}'), { ...options, imageField: 'füll' }).bytes),
      'Man',
    ));
  it('finds a key that is written with escapes', () =>
    assert.equal(text(parsed('{"\\u0069mag\\u0065":"TWFu"}').bytes), 'Man'));
  it('is not misled by the name within strings, values and nested objects', () =>
    assert.equal(text(parsed('{"a":"\\"image\\":","b":{"image":"TQ=="},"c":["image"],"image":"TWFu"}').bytes), 'Man'));
  it('allows white space around everything', () =>
    assert.equal(text(parsed(' \r\n{ "a" :\t1 , "image" : "TWFu" } \n').bytes), 'Man'));
  it('ignores a byte order mark', () => assert.equal(text(parsed('\ufeff{"image":"TWFu"}').bytes), 'Man'));
  it('reads a payload that is a view into a larger buffer', () => {
    const larger = Buffer.from('xx{"image":"TWFu"}yy');
    assert.equal(text(parse(larger.subarray(2, -2), options).bytes), 'Man');
  });
});

describe('parse(): origin', () => {
  it('is the very bytes of the string', () => {
    const payload = Buffer.from('{"image":"TWFu"}');
    const { originJson } = parse(payload, options);
    assert.deepEqual([text(originJson), originJson?.buffer], ['"TWFu"', payload.buffer]);
  });
  it('keeps a data URL prefix', () =>
    assert.equal(text(parsed('{"image":"data:image/png;base64,TWFu"}').originJson), '"data:image/png;base64,TWFu"'));
  it('resolves escapes', () => assert.equal(text(parsed('{"image":"f\\/8\\u003d"}').originJson), '"f/8="'));
  it('keeps line breaks, escaped as JSON must', () =>
    assert.equal(text(parsed('{"image":"TW\\r\\nFu\\n"}').originJson), '"TW\\r\\nFu\\n"'));
  it('is not given for raw bytes', () => assert.equal(parse(Buffer.of(0xff, 0xd8), options).originJson, undefined));
});

describe('parse() of base64', () => {
  it('accepts escaped slashes', () => assert.deepEqual([...parsed('{"image":"f\\/8="}').bytes], [0x7f, 0xff]));
  it('accepts escaped letters and plus signs', () =>
    assert.deepEqual([...parsed('{"image":"\\u002b\\u002b\\u002B+"}').bytes], [0xfb, 0xef, 0xbe]));
  it('accepts line breaks and blanks', () => assert.equal(text(parsed('{"image":" TW\\r\\nF u\\t"}').bytes), 'Man'));
  it('accepts a data URL prefix', () =>
    assert.equal(text(parsed('{"image":"data:image/svg+xml;charset=utf-8;base64,TWFu"}').bytes), 'Man'));
  it('accepts a data URL prefix with escapes', () =>
    assert.equal(text(parsed('{"image":"data:image\\/jpeg;base64,TWFu"}').bytes), 'Man'));

  for (const [what, value] of [
    ['an empty string', ''],
    ['blanks only', '  '],
    ['a prefix only', 'data:image/png;base64,'],
    ['missing padding', 'TWE'],
    ['half the padding', 'TQ='],
    ['padding alone', '===='],
    ['padding in the middle', 'TQ==TWFu'],
    ['too much padding', 'TWFu===='],
    ['the URL alphabet', 'f_8='],
    ['the URL alphabet', 'f-8='],
    ['a character of no alphabet', 'TW!u'],
    ['a character of two bytes', 'TWé='],
    ['an escaped control character', 'TWF\\u0000u'],
    ['a data URL without base64', 'data:image/png,TWFu'],
  ]) {
    it(`refuses ${what}: ${JSON.stringify(value)}`, () => refuses(`{"image":"${value}"}`, 'ERR_PAYLOAD_BASE64'));
  }
});

describe('parse(): what is refused', () => {
  it('an empty payload', () => refuses('', 'ERR_PAYLOAD_EMPTY'));
  it('a missing field', () => refuses('{"picture":"TWFu"}', 'ERR_PAYLOAD_FIELD', /0 times/));
  it('an empty object', () => refuses('{}', 'ERR_PAYLOAD_FIELD'));
  it('a field given twice', () => refuses('{"image":"TWFu","image":"TWFu"}', 'ERR_PAYLOAD_FIELD', /2 times/));
  it('a field given twice, once in escapes', () =>
    refuses('{"image":"TWFu","\\u0069mage":"TWFu"}', 'ERR_PAYLOAD_FIELD'));
  it('a field given twice, once not as a string', () => refuses('{"image":1,"image":"TWFu"}', 'ERR_PAYLOAD_FIELD'));
  for (const value of ['null', '1', 'true', '{}', '["TWFu"]']) {
    it(`a field that is ${value}`, () => refuses(`{"image":${value}}`, 'ERR_PAYLOAD_FIELD', /must be a string/));
  }
  for (const json of [
    'hello',
    ' ',
    'null',
    '[]',
    '[{"image":"TWFu"},{"image":"TWFu"}]',
    '"TWFu"',
    '{',
    '{"image"',
    '{"image":',
    '{"image":"TWFu',
    '{"image":"TWFu"',
    '{"image":"TWFu",}',
    '{"image":"TWFu"}}',
    '{"image":"TWFu"} x',
    '{"image" "TWFu"}',
    '{"image":"TWFu" "a":1}',
    '{"a":[1,{]},"image":"TWFu"}',
    '{"a":nul,"image":"TWFu"}',
    '{"a":"\\x","image":"TWFu"}',
    '{"image":"TW\\xFu"}',
    '{"image":"TW\nFu"}',
    "{'image':'TWFu'}",
    '{image:"TWFu"}',
    '{"\n":1,"image":"TWFu"}',
  ]) {
    it(`what is no JSON object: ${JSON.stringify(json)}`, () => refuses(json, 'ERR_PAYLOAD_JSON'));
  }
  it('bytes that are not UTF-8', () =>
    refuses(Buffer.from('{"a":"\xff","image":"TWFu"}', 'latin1'), 'ERR_PAYLOAD_JSON', /UTF-8/));
  it('JSON nested 10 000 deep', () =>
    refuses(`{"a":${'['.repeat(10_000)}${']'.repeat(10_000)},"image":"TWFu"}`, 'ERR_PAYLOAD_JSON', /64 levels/));
  it('JSON nested 65 deep, but not 64', () => {
    const nested = (levels: number) => `{"a":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)},"image":"TWFu"}`;
    assert.equal(text(parsed(nested(64)).bytes), 'Man');
    refuses(nested(65), 'ERR_PAYLOAD_JSON');
  });
});

describe('parse(): prototypes', () => {
  it('__proto__ is a key like any other', () => {
    const { msg } = parsed('{"__proto__":{"polluted":1},"image":"TWFu"}');
    assert.deepEqual([Object.hasOwn(msg, '__proto__'), 'polluted' in msg, 'polluted' in {}], [true, false, false]);
  });
  it('a message has no inherited fields', () => assert.equal('toString' in parsed('{"image":"TWFu"}').msg, false));
});

describe('parse() of raw bytes', () => {
  it('takes the payload as the picture', () => {
    const payload = Buffer.of(0xff, 0xd8, 0xff);
    assert.equal(parse(payload, options).bytes, payload);
  });
  it('has no other fields', () => assert.deepEqual(Object.keys(parse(Buffer.of(0xff), options).msg), []));
});

describe('parse() of base64 without JSON', () => {
  // What begins with 0xff is a picture to these tests; /9j/4A== is ff d8 ff e0.
  const start = [0xff, 0xd8, 0xff, 0xe0];
  for (const payload of [
    '/9j/4A==',
    '/9j/4A==\n',
    '/9j/\r\n4A==\r\n',
    '"/9j/4A=="',
    '\ufeff/9j/4A==',
    '%2F9j%2F4A%3D%3D',
    'data:image/jpeg;base64,/9j/4A==',
    'data:image/jpeg;base64,/9j/4A==\n',
    ' data:image/jpeg;base64,/9j/4A==',
    '"data:image/jpeg;base64,/9j/4A=="',
    'DATA:image/jpeg;BASE64,/9j/4A==',
    'data:;base64,/9j/4A==',
    'data:application/octet-stream;base64,/9j/4A==',
    'data:image/jpeg;charset=utf-8;name="a.jpg";base64,/9j/4A==',
    'data:image/jpeg; base64, /9j/4A==',
    'data:image/jpeg;base64,%2F9j%2F4A%3D%3D',
  ]) {
    it(`takes ${JSON.stringify(payload)}`, () => {
      const frame = parsed(payload);
      assert.deepEqual([[...frame.bytes], frame.originJson, { ...frame.msg }], [start, undefined, {}]);
    });
    if (!payload.startsWith('"') && !payload.startsWith('\ufeff')) {
      it(`takes ${JSON.stringify(payload)} in a field as well`, () =>
        assert.deepEqual([...parsed(JSON.stringify({ image: payload })).bytes], start));
    }
  }

  it('leaves base64 of no picture, which any word may be', () =>
    refuses('TWFu', 'ERR_PAYLOAD_JSON', /it is text that begins with "TWFu"$/));
  it('refuses a data URI that is no base64', () =>
    refuses('data:image/jpeg,abc', 'ERR_PAYLOAD_BASE64', /does not say ";base64,"/));
  it('refuses a data URI with wrong base64', () =>
    refuses('data:image/jpeg;base64,/9!j', 'ERR_PAYLOAD_BASE64', /character 2 is "!"/));
});

describe('parse() of an array', () => {
  it('takes its only object', () => assert.equal(text(parsed(' [ {"image":"TWFu"} ]').bytes), 'Man'));
  for (const [json, message] of [
    ['[]', /it is an array of 0 objects, where one picture is wanted/],
    ['[{},{}]', /it is an array of 2 objects/],
    ['[1]', /an array must hold objects alone: element 0 is a number/],
    ['[{},"x"]', /element 1 is a string/],
    ['[{},[1]]', /element 1 is an array of numbers/],
    ['[{}', /it ends at byte 3/],
    [`[${Array(1_001).fill('{}').join()}]`, /at most 1000 objects: it holds more/],
  ] as const) {
    it(`refuses ${json.slice(0, 20)}`, () => refuses(json, 'ERR_PAYLOAD_JSON', message));
  }
});
