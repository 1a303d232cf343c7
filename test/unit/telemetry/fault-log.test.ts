import assert from 'node:assert/strict';
import { beforeEach, describe, it, mock } from 'node:test';
import { type ErrorCode, ServiceError } from '../../../src/std/errors.js';
import type { Log, LogFields } from '../../../src/std/logger.js';
import { adviceOn, createFaultLog } from '../../../src/telemetry/fault-log.js';
import { MESSAGE_CODES } from '../../../src/telemetry/ledger.js';

const PERIOD_MS = 60_000;

function setUp(maxKinds = 100) {
  const lines: (LogFields & { readonly level: string; readonly text: string })[] = [];
  const at = (level: string) => (fields: LogFields, text: string) => void lines.push({ level, text, ...fields });
  const log: Log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  const faults = createFaultLog(log, { maxLines: 2, periodMs: PERIOD_MS, maxKinds });
  let n = 0;
  return {
    faults,
    warnings: () => lines.filter(({ level }) => level === 'warn'),
    details: () => lines.filter(({ level }) => level === 'debug'),
    fail(topic: string, code: ErrorCode = 'ERR_PAYLOAD_JSON') {
      n += 1;
      const id = `m${n}`;
      faults.deadLetter({ id: () => id, topic, error: new ServiceError(code, 'Cannot read the message') });
    },
  };
}

describe('createFaultLog()', () => {
  beforeEach(() => {
    mock.timers.reset();
    mock.timers.enable({ apis: ['setTimeout'] });
  });

  it('writes id, code and topic, what happened and what to do, without the stack', () => {
    const { fail, warnings } = setUp();
    fail('line/1');
    assert.deepEqual(warnings(), [
      {
        level: 'warn',
        id: 'm1',
        code: 'ERR_PAYLOAD_JSON',
        topic: 'line/1',
        text: `dead letter: Cannot read the message; what to do: ${adviceOn('ERR_PAYLOAD_JSON')}`,
      },
    ]);
  });

  it('has the error with its stack at level debug, for each message', () => {
    const { fail, details } = setUp();
    for (let n = 0; n < 3; n += 1) fail('line/1');
    assert.equal(details().length, 3);
    assert.ok(details()[0]?.['err'] instanceof ServiceError);
  });

  it('counts what is above the limit of a code and topic, and says how many when the period ends', () => {
    const { fail, warnings } = setUp();
    for (let n = 0; n < 5; n += 1) fail('line/1');
    fail('line/2');
    fail('line/1', 'ERR_IMAGE_DECODE');
    assert.deepEqual(
      warnings().map(({ id }) => id),
      ['m1', 'm2', 'm6', 'm7'],
    );
    mock.timers.tick(PERIOD_MS);
    assert.deepEqual(warnings().at(-1), {
      level: 'warn',
      code: 'ERR_PAYLOAD_JSON',
      topic: 'line/1',
      more: 3,
      text: '3 more dead letters of this code and topic within 60 s',
    });
    assert.equal(warnings().length, 5);
  });

  it('begins anew after a period', () => {
    const { fail, warnings } = setUp();
    for (let n = 0; n < 2; n += 1) fail('line/1');
    mock.timers.tick(PERIOD_MS);
    fail('line/1');
    assert.equal(warnings().at(-1)?.['id'], 'm3');
    mock.timers.tick(PERIOD_MS);
    assert.equal(warnings().length, 3);
  });

  it('writes what was held back when it is closed', () => {
    const { fail, faults, warnings } = setUp();
    for (let n = 0; n < 3; n += 1) fail('line/1');
    faults.close();
    assert.equal(warnings().at(-1)?.['more'], 1);
  });

  it('counts topics together when there are too many, so that its memory is bounded', () => {
    const { fail, faults, warnings } = setUp(3);
    for (let n = 0; n < 10; n += 1) fail(`line/${n}`);
    faults.close();
    const last = warnings().at(-1);
    assert.deepEqual([last?.['topic'], last?.['more']], ['other topics', 5]);
  });
});

it('adviceOn() has something to do for every code that a dead letter can have', () => {
  assert.deepEqual(
    MESSAGE_CODES.filter((code) => adviceOn(code) === undefined),
    [],
  );
});
