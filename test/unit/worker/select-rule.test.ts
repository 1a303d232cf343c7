/** Rules in SQL inside the worker: what they publish of a picture, and of what fails. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { loadConfig } from '../../../src/config/load.js';
import type { Inspection } from '../../../src/domain/inspection.js';
import { type RuleSpec, ruleKey, type SelectRule } from '../../../src/domain/rule.js';
import type { PayloadMemory } from '../../../src/payload/join-parts.js';
import { prepareWorkers } from '../../../src/service/prepare.js';
import { setBytes } from '../../../src/std/copy-bytes.js';
import { type InspectorUnit, openInspector } from '../../../src/worker/open-inspector.js';
import { compileRules, loadCompileSelect } from '../../../src/worker/rule.js';
import { measuresOf, publishRow, sqlRule } from '../../support/builders.js';
import { fakeEngine } from '../../support/engine/fake-engine.js';
import { modelWithoutSelfTest } from '../../support/engine/test-model.js';
import { pictureMessage } from '../../support/pictures/payloads.js';

const PICTURE = 'images/syn_white.png';
let unit: InspectorUnit;

before(async () => {
  const env = { FLAWLINE_MODEL_PATH: await modelWithoutSelfTest() };
  const { config } = loadConfig({ env, cwd: '/', cores: 1, hostname: 'test', useDefaultFile: false });
  const { setup } = await prepareWorkers(config, { env, cwd: '/', engine: fakeEngine() });
  unit = await openInspector({ ...setup, rules: [] });
});
after(() => unit.close());

/** What comes of a message under rules that are there for it alone. */
async function inspect(rules: readonly RuleSpec[], payload: string | Uint8Array): Promise<Inspection> {
  await unit.addRules(rules);
  const keys = rules.map(ruleKey);
  const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
  try {
    const job = { topic: 'line/1', payload: bytes, properties: { user: [] }, receivedAtMs: 0 };
    return await unit.inspector.inspect({ ...job, assignments: [{ model: 'default', rules: keys }] });
  } finally {
    unit.dropRules(keys);
  }
}

const texts = ({ results }: Inspection) => results.map(({ payload }) => Buffer.from(payload).toString());
const published = async (select: Partial<SelectRule>, fields = {}) =>
  texts(await inspect([sqlRule({}, select)], pictureMessage(PICTURE, fields)));

describe('a rule in SQL', () => {
  it('gives the bytes that the same rule in CEL gives', async () => {
    const fields = (['origin', 'afterProcess'] as const).map((name) => ({ name, alias: name }));
    const { select: _, ...plain } = sqlRule({ id: 'cel', where: 'defect >= 0', fields });
    const [cel, sql] = texts(await inspect([plain, sqlRule()], pictureMessage(PICTURE)));
    assert.ok(cel !== undefined && cel.length > 1000);
    assert.equal(sql, cel);
  });

  it('draws no picture that it does not publish', async () => {
    const sql =
      'SELECT inference(image)->defect as n, line + 1 as next FROM openvino_demo WHERE inference(image)->defect > 0';
    const inspection = await inspect([sqlRule({}, { sql })], pictureMessage(PICTURE, { line: 3 }));
    assert.deepEqual(texts(inspection), ['{"n":1,"next":4}']);
    assert.equal(inspection.results[0]?.ok, false);
    assert.equal(inspection.results[0]?.action, 0);
  });

  it('filters what its condition does not want', async () => {
    const sql = 'SELECT image FROM openvino_demo WHERE inference(image)->defect > 1';
    assert.deepEqual(await published({ sql }), []);
  });

  it('has all that the function gave, and the fields of the message', async () => {
    const sql = 'SELECT inference(image) as r, *, meta(topic) as t FROM openvino_demo';
    const [text] = await published({ sql }, { line: 3, tag: 'a<b' });
    const { r, ...others } = JSON.parse(text ?? '');
    assert.deepEqual(Object.keys(r), ['base64', 'defect', 'inference time']);
    assert.equal(r.defect, 1);
    assert.match(r.base64, /^\/9j\//);
    assert.deepEqual(others, { ...JSON.parse(pictureMessage(PICTURE)), line: 3, tag: 'a<b', t: 'line/1' });
    assert.match(text ?? '', /"tag":"a\\u003cb"/);
  });

  it('may look at the picture with what was found before it decides', async () => {
    const long = 'SELECT length(inference(image)->base64) > 1000 as l FROM openvino_demo';
    assert.deepEqual(await published({ sql: `${long} WHERE inference(image)->base64 LIKE "/9j/%"` }), ['{"l":true}']);
    assert.deepEqual(await published({ sql: `${long} WHERE inference(image)->base64 = "x"` }), []);
  });

  it('finds every measure by its path, though the whole is what the function gave', async () => {
    const of = ['area', 'largest', 'score', 'width', 'height', 'regions'];
    const fields = of.map((name) => `inference(image)->${name} as ${name}`).join(', ');
    const [text] = await published({ sql: `SELECT ${fields} FROM openvino_demo WHERE inference(image)->area > 0` });
    const row = JSON.parse(text ?? '') as Record<string, unknown>;
    assert.deepEqual(Object.keys(row).sort(), of.sort());
    assert.ok(Array.isArray(row['regions']) && row['regions'].length === 1);
    assert.ok(Number(row['area']) > 0 && Number(row['width']) > 0);
  });

  it('takes the picture as it is, without JSON around it', async () => {
    const { image } = JSON.parse(pictureMessage(PICTURE)) as { image: string };
    const [text] = texts(await inspect([sqlRule()], Buffer.from(image, 'base64')));
    assert.equal(JSON.parse(text ?? '').origin, image);
  });
});

describe('the cost of a rule in SQL', () => {
  /** What is written for a picture: allocations, and copies of what is large. */
  async function workOf(rule: RuleSpec): Promise<{ readonly allocated: number[]; readonly copied: number[] }> {
    const allocated: number[] = [];
    const copied: number[] = [];
    const memory: PayloadMemory = {
      allocate(sizeBytes) {
        allocated.push(sizeBytes);
        return Buffer.alloc(sizeBytes);
      },
      copy(source, target) {
        if (source.byteLength > 100) copied.push(source.byteLength);
        setBytes(source, target);
      },
    };
    const compileSelect = await loadCompileSelect([sqlRule()]);
    const parts = { memory, ...(compileSelect && { compileSelect }) };
    const [compiled] = compileRules({ rules: [rule], copyFields: [], encoding: 'base64' }, [], parts);
    const originJson = Buffer.alloc(5000, 'a');
    const frame = { bytes: Buffer.alloc(3000), msg: {}, originJson };
    const measures = measuresOf({ defect: 1 });
    const values = { id: 'a', topic: 't', receivedAtMs: 0, frame, measures, inferenceTimeMs: 1, model: 'm@1' };
    const facts = { measures, topic: 't', msg: {}, props: [] };
    const match = compiled?.match({ facts, values, imageField: 'image' });
    match?.({ bytes: Buffer.alloc(4000), type: 'image/jpeg' });
    return { allocated, copied };
  }

  it('is that of the same rule in CEL: one payload, into which each picture is written once', async () => {
    const fields = (['origin', 'afterProcess'] as const).map((name) => ({ name, alias: name }));
    const { select: _, ...plain } = sqlRule({ where: 'defect >= 0', fields });
    const work = await workOf(sqlRule());
    assert.deepEqual(work, await workOf(plain));
    assert.deepEqual(work.copied, [5000]);
    assert.equal(work.allocated.length, 1);
  });

  it('of a filtered picture is nothing', async () => {
    const sql = 'SELECT image, inference(image) as r FROM openvino_demo WHERE inference(image)->defect > 1';
    assert.deepEqual(await workOf(sqlRule({}, { sql })), { allocated: [], copied: [] });
  });
});

describe('the actions of a rule in SQL', () => {
  const sql = 'SELECT a, o, n FROM openvino_demo WHERE inference(image)->defect > 0';
  const fields = { a: 5, o: { x: 1, y: 2 } };

  for (const [shape, expected] of [
    [{ sendSingle: false }, '[{"a":5,"o":{"x":1,"y":2}}]'],
    [{ fields: ['o', 'z'] }, '{"o":{"x":1,"y":2}}'],
    [{ excludeFields: ['o'], sendSingle: false }, '[{"a":5}]'],
    [{ dataField: 'o' }, '{"x":1,"y":2}'],
    [{ dataField: 'o', fields: ['x'], sendSingle: false }, '{"x":1}'],
    [{ dataField: 'z' }, 'null'],
  ] as const) {
    it(`${JSON.stringify(shape)} publishes ${expected}`, async () =>
      assert.deepEqual(await published({ sql, actions: [publishRow(shape)] }, fields), [expected]));
  }

  it('leave out an empty row if they are to', async () => {
    const empty = 'SELECT z FROM openvino_demo';
    assert.deepEqual(await published({ sql: empty }), ['{}']);
    assert.deepEqual(await published({ sql: empty, actions: [publishRow({ omitIfEmpty: true })] }), []);
  });

  it('each have a result, with the topic that the row fills in', async () => {
    const actions = [publishRow({ topic: 'out/{{.a}}' }), { kind: 'log' }, { kind: 'nop' }] as const;
    const { results } = await inspect([sqlRule({}, { sql, actions })], pictureMessage(PICTURE, fields));
    assert.deepEqual(
      results.map(({ action, topic, payload }) => [action, topic, Buffer.from(payload).toString()]),
      [
        [0, 'out/5', '{"a":5,"o":{"x":1,"y":2}}'],
        [1, undefined, '[{"a":5,"o":{"x":1,"y":2}}]'],
        [2, undefined, ''],
      ],
    );
  });
});

describe('what fails in a rule in SQL', () => {
  const wrong = 'SELECT a FROM openvino_demo WHERE inference(image)->defect > s';
  const reason = 'run Where error: invalid operation float64(1) > string(x)';

  it('is told in eKuiper’s words, and concerns no other rule', async () => {
    const other = sqlRule({ id: 'other' }, { sql: 'SELECT s FROM openvino_demo' });
    const inspection = await inspect([sqlRule({}, { sql: wrong }), other], pictureMessage(PICTURE, { s: 'x' }));
    assert.deepEqual(texts(inspection), ['{"s":"x"}']);
    const [failure] = inspection.failures ?? [];
    assert.equal(failure?.rule, 'ruleOp');
    assert.equal(failure?.error.code, 'ERR_PREDICATE');
    assert.equal(failure?.error.message, `Cannot judge the message as ${reason}: ${wrong}`);
    assert.equal(failure?.error.details['reason'], reason);
  });

  it('may be a field, after the condition held', async () => {
    const sql = 'SELECT s + 1 as r FROM openvino_demo WHERE inference(image)->defect > 0';
    const { failures } = await inspect([sqlRule({}, { sql })], pictureMessage(PICTURE, { s: 'x' }));
    assert.match(
      failures?.[0]?.error.message ?? '',
      /run Select error: alias: r expr: binaryExpr:\{ openvino_demo\.s \+ 1 \}/,
    );
  });

  it('goes to the topics of the actions with sendError', async () => {
    const select = { sql: wrong, sendError: true, actions: [publishRow({ topic: 'out/{{.a}}' }), publishRow()] };
    const inspection = await inspect([sqlRule({}, select)], pictureMessage(PICTURE, { s: 'x' }));
    assert.deepEqual(texts(inspection), [reason]);
    assert.equal(inspection.results[0]?.action, 1);
    assert.equal(inspection.failures?.length, 1);
  });

  it('is the picture: a fault of the message, and with sendError told as well', async () => {
    await assert.rejects(inspect([sqlRule()], '{"image":"AAAA"}'), { code: /^ERR_IMAGE_/ });
    const told = await inspect([sqlRule({}, { sendError: true })], '{"image":"AAAA"}');
    assert.match(texts(told)[0] ?? '', /^Cannot /);
    assert.match(told.failures?.[0]?.error.code ?? '', /^ERR_IMAGE_/);
    assert.equal(told.measures, undefined);
    assert.deepEqual(texts(await inspect([sqlRule({}, { sendError: true })], 'hello')).length, 1);
  });

  it('is found when the rule is added, and nothing is added then', async () => {
    const bad = sqlRule({ id: 'bad' }, { sql: 'SELECT FROM openvino_demo' });
    await assert.rejects(unit.addRules([sqlRule({ id: 'good' }), bad]), {
      code: 'ERR_CONFIG',
      message:
        'Cannot compile rule bad as its SQL must be valid: Parse SQL SELECT FROM openvino_demo error: found "FROM", expected expression..',
    });
    const job = {
      topic: 't',
      payload: Buffer.from(pictureMessage(PICTURE)),
      properties: { user: [] },
      receivedAtMs: 0,
    };
    const judged = unit.inspector.inspect({ ...job, assignments: [{ model: 'default', rules: ['good'] }] });
    await assert.rejects(judged, /there is no rule good/);
  });
});
