import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decodeBase64 } from '../../src/payload/base64.js';
import { type ParseOptions, parse } from '../../src/payload/parse.js';
import { createResultEncoder } from '../../src/payload/render-result.js';
import { findField, MAX_DEPTH } from '../../src/payload/scan-object.js';
import { ServiceError } from '../../src/std/errors.js';
import { measuresOf } from '../support/builders.js';

const options: ParseOptions = { imageField: 'image', isPicture: () => false };
const picture = fc.uint8Array({ minLength: 1, maxLength: 60 });
const json = fc.jsonValue({ maxDepth: 4 });
const fields = fc.dictionary(fc.string({ unit: 'binary' }), json, { maxKeys: 5 });
const space = fc.constantFrom('', ' ', '\n', '\r\n\t ');

/** A JSON string of `text` in which some characters are escaped though they need not be. */
function escaped(text: string, choices: readonly number[]): string {
  const characters = Array.from(JSON.stringify(text).slice(1, -1), (character, i) => {
    const choice = choices[i % choices.length];
    if (character === '/' && choice === 1) return '\\/';
    return choice === 2 && /[A-Za-z0-9+/=]/.test(character) && !/\\/.test(JSON.stringify(text))
      ? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
      : character;
  });
  return `"${characters.join('')}"`;
}

/** A document with the picture at any place among other fields, and what it holds. */
const document = fc
  .record({
    picture,
    fields,
    at: fc.nat(5),
    blank: space,
    prefix: fc.constantFrom('', 'data:image/jpeg;base64,'),
    keyChoices: fc.array(fc.nat(2), { minLength: 1, maxLength: 5 }),
    valueChoices: fc.array(fc.nat(2), { minLength: 1, maxLength: 5 }),
  })
  .map(({ picture, fields, at, blank, prefix, keyChoices, valueChoices }) => {
    const value = prefix + Buffer.from(picture).toString('base64');
    const others = Object.entries(fields).filter(([key]) => key !== 'image');
    const members = others.map(([key, other]) => `${JSON.stringify(key)}${blank}:${JSON.stringify(other)}`);
    members.splice(
      Math.min(at, members.length),
      0,
      `${escaped('image', keyChoices)}:${blank}${escaped(value, valueChoices)}`,
    );
    return { text: `${blank}{${members.join(`${blank},${blank}`)}}${blank}`, picture, value };
  });

describe('parse()', () => {
  it('finds what JSON.parse finds, wherever the picture is and however it is escaped', () => {
    fc.assert(
      fc.property(document, ({ text, picture, value }) => {
        const frame = parse(Buffer.from(text), options);
        const { image, ...others } = JSON.parse(text) as Record<string, unknown>;
        assert.equal(image, value);
        assert.deepEqual(frame.bytes, Buffer.from(picture));
        assert.deepEqual(new Map(Object.entries(frame.msg)), new Map(Object.entries(others)));
        assert.equal(JSON.parse(Buffer.from(frame.originJson ?? []).toString('utf8')), value);
      }),
      { numRuns: 1000 },
    );
  });

  it('refuses a damaged document whenever JSON.parse does, with a code of the payload', () => {
    fc.assert(
      fc.property(document, fc.nat(), fc.nat(255), ({ text }, at, byte) => {
        const damaged = Buffer.from(text);
        damaged[at % damaged.length] = byte;
        const isAccepted = accepts(() => parse(damaged, options));
        assert.ok(!isAccepted || isObject(JSON.parse(damaged.toString('utf8'))));
      }),
      { numRuns: 1000 },
    );
  });

  it('refuses any bytes with a code of the payload', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) =>
        assert.equal(
          accepts(() => parse(bytes, options)),
          false,
        ),
      ),
      { numRuns: 2000 },
    );
  });
});

describe('findField()', () => {
  it('finds each top-level occurrence and its value', () => {
    fc.assert(
      fc.property(fields, fc.string(), (object, key) => {
        const bytes = Buffer.from(JSON.stringify(object));
        const values = findField(bytes, key).map(({ start, end }) => JSON.parse(bytes.toString('utf8', start, end)));
        assert.deepEqual(values, Object.hasOwn(object, key) ? [JSON.parse(JSON.stringify(object[key]))] : []);
      }),
      { numRuns: 1000 },
    );
  });

  it(`takes exactly ${MAX_DEPTH} levels`, () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 * MAX_DEPTH }), (levels) => {
        const json = Buffer.from(`${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`);
        const isTaken = accepts(() => findField(json, 'a'), SyntaxError);
        assert.equal(isTaken, levels <= MAX_DEPTH);
      }),
    );
  });
});

describe('decodeBase64()', () => {
  it('is the inverse of encoding, with white space anywhere', () => {
    fc.assert(
      fc.property(picture, fc.nat(), space, (bytes, at, blank) => {
        const text = Buffer.from(bytes).toString('base64');
        const cut = at % text.length;
        assert.deepEqual(decodeBase64(text.slice(0, cut) + blank + text.slice(cut)), Buffer.from(bytes));
      }),
    );
  });

  it('takes exactly what the grammar of RFC 4648 takes', () => {
    const characters = fc.string({
      unit: fc.constantFrom('A', '9', '+', '/', '=', '-', '_', '!', 'é'),
      minLength: 1,
      maxLength: 12,
    });
    const grammar = /^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
    fc.assert(
      fc.property(characters, (text) => {
        assert.equal(
          accepts(() => decodeBase64(text)),
          grammar.test(text),
        );
      }),
      { numRuns: 2000 },
    );
  });
});

describe('createResultEncoder()', () => {
  it('copies the fields and the origin of any message', () => {
    fc.assert(
      fc.property(document, ({ text, value }) => {
        const frame = parse(Buffer.from(text), options);
        const copyFields = Object.keys(frame.msg).filter((key) => key !== 'origin');
        const encode = createResultEncoder({
          fields: [{ name: 'origin', alias: 'origin' }],
          copyFields,
          encoding: 'base64',
        });
        const result = JSON.parse(Buffer.from(encode({ ...unused, frame })).toString('utf8'));
        const expected = new Map<string, unknown>([...Object.entries(frame.msg), ['origin', value]]);
        assert.deepEqual(new Map(Object.entries(result)), expected);
      }),
    );
  });
});

const unused = {
  ok: true,
  measures: measuresOf(),
  inferenceTimeMs: 0,
  id: '',
  topic: '',
  rule: '',
  receivedAtMs: 0,
  model: '',
  jpeg: undefined,
};

/** False when it throws an error of the expected kind; any other error fails the test. */
function accepts(run: () => unknown, kind: new (...args: never[]) => Error = ServiceError): boolean {
  try {
    run();
    return true;
  } catch (error) {
    assert.ok(error instanceof kind, String(error));
    return false;
  }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
