import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RESULT_FIELDS } from '../../../src/domain/measures.js';
import type { ResultField } from '../../../src/domain/rule.js';
import { createResultEncoder, type ResultOptions, type ResultValues } from '../../../src/payload/render-result.js';

const field = (name: ResultField['name'], alias: string = name): ResultField => ({ name, alias });
const defaults: ResultOptions = {
  fields: [field('origin'), field('afterProcess')],
  copyFields: [],
  encoding: 'base64',
};
const values: ResultValues = {
  frame: {
    bytes: Buffer.from('Man'),
    msg: { line: 'Größe', n: { a: [1] }, zero: null },
    originJson: Buffer.from('"TWFu"'),
  },
  measures: {
    defect: 3,
    area: 0.25,
    largest: 0.125,
    score: 0.75,
    regions: [{ x: 1, y: 2, width: 3, height: 4, pixels: 5 }],
    width: 1280,
    height: 960,
  },
  inferenceTimeMs: 12.5,
  id: 'id "1"',
  topic: 'halle/ü',
  rule: 'default',
  receivedAtMs: Date.UTC(2026, 0, 2, 3, 4, 5, 6),
  model: 'unet@1',
  ok: false,
  jpeg: Buffer.from('Ma'),
};
const encoded = (options: Partial<ResultOptions>, change: Partial<ResultValues> = {}) =>
  Buffer.from(createResultEncoder({ ...defaults, ...options })({ ...values, ...change })).toString('utf8');

describe('createResultEncoder()', () => {
  it('gives exactly the two default fields, in the order of their bytes', () =>
    assert.equal(encoded({}), '{"afterProcess":"TWE=","origin":"TWFu"}'));
  it('copies origin byte for byte', () =>
    assert.equal(
      encoded({ fields: [field('origin')] }, { frame: { ...values.frame, originJson: Buffer.from('"a\\/b"') } }),
      '{"origin":"a\\/b"}',
    ));
  it('gives the base64 of raw bytes as origin', () =>
    assert.equal(
      encoded({ fields: [field('origin')] }, { frame: { ...values.frame, originJson: undefined } }),
      '{"origin":"TWFu"}',
    ));
  it('gives every field', () =>
    assert.deepEqual(JSON.parse(encoded({ fields: RESULT_FIELDS.map((name) => field(name)) })), {
      origin: 'TWFu',
      afterProcess: 'TWE=',
      defect: 3,
      'inference time': 12.5,
      id: 'id "1"',
      topic: 'halle/ü',
      rule: 'default',
      area: 0.25,
      largest: 0.125,
      score: 0.75,
      regions: [{ x: 1, y: 2, width: 3, height: 4, pixels: 5 }],
      width: 1280,
      height: 960,
      receivedAt: '2026-01-02T03:04:05.006Z',
      model: 'unet@1',
      ok: false,
    }));
  it('renames', () => assert.equal(encoded({ fields: [field('defect', 'Fehler "ü"')] }), '{"Fehler \\"ü\\"":3}'));
  it('gives one field under two names', () =>
    assert.equal(encoded({ fields: [field('defect'), field('defect', 'count')] }), '{"count":3,"defect":3}'));
  it('copies fields of the message, as far as it has them', () =>
    assert.equal(
      encoded({ fields: [field('defect')], copyFields: ['n', 'line', 'missing', 'zero', 'toString'] }),
      '{"defect":3,"line":"Größe","n":{"a":[1]},"zero":null}',
    ));
  it('gives afterProcess as null when nothing is drawn', () =>
    assert.equal(encoded({ fields: [field('afterProcess')] }, { jpeg: undefined }), '{"afterProcess":null}'));
  it('gives a score that is no number as null', () =>
    assert.equal(
      encoded({ fields: [field('score')] }, { measures: { ...values.measures, score: Number.NEGATIVE_INFINITY } }),
      '{"score":null}',
    ));
  it('gives {} when there is nothing to tell', () =>
    assert.equal(encoded({ fields: [], copyFields: ['missing'] }), '{}'));
  it('gives the JPEG alone when binary', () => assert.equal(encoded({ encoding: 'binary' }), 'Ma'));
  it('gives nothing when binary and nothing is drawn', () =>
    assert.equal(encoded({ encoding: 'binary' }, { jpeg: undefined }), ''));
  it('gives bytes that own their buffer', () => {
    const bytes = createResultEncoder(defaults)(values);
    assert.equal(bytes.buffer.byteLength, bytes.length);
  });
});
