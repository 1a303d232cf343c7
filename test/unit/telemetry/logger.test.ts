import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ServiceError } from '../../../src/std/errors.js';
import { createLogger } from '../../../src/telemetry/logger.js';

function setUp(level: 'info' | 'debug' | 'silent' = 'info') {
  const lines: Record<string, unknown>[] = [];
  const destination = {
    write(line: string) {
      lines.push(JSON.parse(line) as Record<string, unknown>);
    },
  };
  return { lines, logger: createLogger({ level, secrets: ['hunter22', 'quo"te\\d'], destination }) };
}

test('Logger writes one JSON line with level as a word, ISO time, component and fields', () => {
  const { lines, logger } = setUp();
  logger.child({ component: 'mqtt' }).info({ role: 'source' }, 'connected');
  const [{ time, ...line } = {}] = lines;
  assert.deepEqual(line, { level: 'info', component: 'mqtt', role: 'source', msg: 'connected' });
  assert.match(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
});

test('Logger leaves out what is below its level', () => {
  const { lines, logger } = setUp();
  logger.debug({}, 'detail');
  assert.equal(lines.length, 0);
});

test('Logger does not look at the fields of a line that is left out', () => {
  const { logger } = setUp();
  const fields = {
    get costly(): string {
      throw new Error('looked at');
    },
  };
  assert.doesNotThrow(() => logger.debug(fields, 'detail'));
});

test('Logger hides secrets that it is told later, in children made before, too', () => {
  const { lines, logger } = setUp();
  const child = logger.child({ component: 'mqtt' });
  logger.hideToo(['swordfish']);
  child.info({ url: 'swordfish' }, 'swordfish and hunter22');
  assert.deepEqual([lines[0]?.['url'], lines[0]?.['msg']], ['[hidden]', '[hidden] and [hidden]']);
});

test('Logger hides secrets in fields and text', () => {
  const { lines, logger } = setUp();
  logger.error({ err: new Error('no hunter22'), url: 'mqtt://a:b@c' }, 'hunter22 refused');
  const written = JSON.stringify(lines);
  assert.doesNotMatch(written, /hunter22|a:b@/);
  assert.match(written, /\[hidden\] refused/);
});

test('Logger hides a secret that has to be escaped in JSON, and the line stays valid', () => {
  const { lines, logger } = setUp();
  logger.error({ err: new Error('no quo"te\\d'), list: ['quo"te\\d'] }, 'quo"te\\d refused');
  assert.doesNotMatch(JSON.stringify(lines), /te\\+d/);
});

test('Logger hides a secret within an error and its causes', () => {
  const { lines, logger } = setUp();
  const error = new Error('refused hunter22', { cause: new Error('by hunter22') });
  error.stack = 'at hunter22';
  logger.error({ err: error }, 'refused');
  assert.doesNotMatch(JSON.stringify(lines), /hunter22/);
});

test('Logger writes an error with the fields of docs/logging.md, its cause apart from its message', () => {
  const { lines, logger } = setUp();
  const cause = new SyntaxError('it does not end');
  logger.warn({ err: new ServiceError('ERR_PAYLOAD_JSON', 'Cannot read', { cause, details: { id: 'a' } }) }, 'refused');
  const { stack, cause: told, ...err } = (lines[0]?.['err'] ?? {}) as Record<string, Record<string, unknown>>;
  assert.equal(typeof stack, 'string');
  assert.deepEqual(err, {
    type: 'ServiceError',
    code: 'ERR_PAYLOAD_JSON',
    message: 'Cannot read',
    details: { id: 'a' },
  });
  assert.equal(told?.['type'], 'SyntaxError');
  assert.equal(told?.['message'], 'it does not end');
});

test('Logger of level silent writes nothing', () => {
  const { lines, logger } = setUp('silent');
  logger.error({}, 'gone');
  assert.equal(lines.length, 0);
});
