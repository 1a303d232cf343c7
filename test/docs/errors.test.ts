import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ERRORS, type ErrorEntry } from '../../src/std/errors.js';
import { adviceOn } from '../../src/telemetry/fault-log.js';
import { MESSAGE_CODES } from '../../src/telemetry/ledger.js';

const page = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8');
const ENTRIES: readonly (readonly [string, ErrorEntry])[] = Object.entries(ERRORS);

/** What stands in the last column of a code's row. */
function outcomeOf({ group, onFailure, exitCode }: ErrorEntry): string {
  if (group === 'setup') return String(exitCode);
  return onFailure === 'retry' ? 'once more, then dead letter' : 'dead letter';
}

test('docs/errors.md has the row of every code', () => {
  const rows = ENTRIES.map(([code, entry]) => `| \`${code}\` | ${entry.meaning} | ${outcomeOf(entry)} |`);
  assert.deepEqual(
    rows.filter((row) => !page.split('\n').includes(row)),
    [],
  );
});

test('docs/errors.md says what to do as the log does', () => {
  const rows = MESSAGE_CODES.map((code) => `| \`${code}\` | ${adviceOn(code)} |`);
  assert.deepEqual(
    rows.filter((row) => !page.split('\n').includes(row)),
    [],
  );
});

test('docs/errors.md names no code that is not in the code', () => {
  assert.deepEqual(
    (page.match(/ERR_[A-Z0-9_]+/g) ?? []).filter((code) => !Object.hasOwn(ERRORS, code)),
    [],
  );
});

test('docs/errors.md has the codes of messages and of the set-up apart', () => {
  const setup = page.slice(page.indexOf('## Of the set-up')).match(/ERR_[A-Z0-9_]+/g);
  assert.deepEqual(
    setup,
    ENTRIES.filter(([, { group }]) => group === 'setup').map(([code]) => code),
  );
});
