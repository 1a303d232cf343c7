/** Rules that need no model: JSON messages pass through them. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { NO_MODEL, type SelectRule } from '../../../src/domain/rule.js';
import { openRowRules } from '../../../src/service/row-rules.js';
import { publishRow, sqlRule } from '../../support/builders.js';

async function judge(payload: string | Uint8Array, select: Partial<SelectRule> = {}) {
  const sql = 'SELECT temperature, upper(device) as device, image FROM openvino_demo WHERE temperature > 20';
  const rule = sqlRule({ id: 'warm', model: NO_MODEL }, { sql, functions: [], ...select });
  const run = await openRowRules([sqlRule(), rule]);
  const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
  return run({ topic: 't', payload: bytes, properties: { user: [] }, receivedAtMs: 0 }, ['warm']);
}

const texts = ({ results }: Awaited<ReturnType<typeof judge>>) =>
  results.map(({ payload }) => Buffer.from(payload).toString());

it('a message without a picture passes, or is filtered', async () => {
  const warm = await judge('{"id":"m1","temperature":21.5,"device":"a"}');
  assert.deepEqual(texts(warm), ['{"device":"A","temperature":21.5}']);
  assert.equal(warm.id, 'm1');
  assert.equal(warm.measures, undefined);
  assert.equal(warm.failures, undefined);
  assert.deepEqual(texts(await judge('[{"temperature":20}]')), []);
});

it('a picture is a text like any other', async () =>
  assert.deepEqual(texts(await judge('{"temperature":30,"image":"/9j/"}')), ['{"image":"/9j/","temperature":30}']));

for (const [what, payload, code] of [
  ['nothing', '', 'ERR_PAYLOAD_EMPTY'],
  ['no JSON', 'hello', 'ERR_PAYLOAD_JSON'],
  ['a number', '5', 'ERR_PAYLOAD_JSON'],
  ['no UTF-8', new Uint8Array([0x7b, 0xff, 0x7d]), 'ERR_PAYLOAD_JSON'],
] as const) {
  it(`a message with ${what} is a fault`, async () => {
    await assert.rejects(judge(payload), { code });
    const told = await judge(payload, { sendError: true });
    assert.match(texts(told)[0] ?? '', /^Cannot read the message/);
    assert.equal(told.failures?.[0]?.error.code, code);
  });
}

it('what fails is told in eKuiper’s words', async () => {
  const reason = 'run Where error: invalid operation string(x) > int64(20)';
  const { failures, results } = await judge('{"temperature":"x"}');
  assert.deepEqual(results, []);
  assert.equal(failures?.[0]?.error.details['reason'], reason);
  assert.deepEqual(texts(await judge('{"temperature":"x"}', { sendError: true })), [reason]);
});

it('a topic that the row cannot fill in is a failure of the rule', async () => {
  const { failures } = await judge('{"temperature":21}', { actions: [publishRow({ topic: 'out/{{.device}}' })] });
  assert.equal(failures?.[0]?.error.code, 'ERR_RESULT_REFUSED');
});

it('SQL that is wrong is a fault of the configuration', async () =>
  await assert.rejects(judge('{}', { sql: 'SELECT' }), { code: 'ERR_CONFIG' }));
