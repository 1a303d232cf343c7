import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Inspection } from '../../../src/domain/inspection.js';
import type { RuleSpec } from '../../../src/domain/rule.js';
import type { Outcome } from '../../../src/pipeline/ports.js';
import { createStatusBook } from '../../../src/rest/status-book.js';
import { ServiceError } from '../../../src/std/errors.js';

const RULE: RuleSpec = { id: 'r', stream: 's', model: 'm', where: 'true', topic: '', fields: [], render: 'none' };

function inspection(rules: readonly string[]): Inspection {
  return {
    ...{ id: '1', model: 'm@1', inferenceTimeMs: 1 },
    stagesMs: { parse: 1, decode: 2, infer: 3, render: 4 },
    results: rules.map((rule) => ({ rule, payload: new Uint8Array(), ok: true })),
  };
}

function bookOf(outcomes: readonly Outcome[]) {
  let now = 1000;
  const book = createStatusBook(() => now);
  book.running([RULE]);
  for (const outcome of outcomes) {
    now += 1;
    book.onSettled('s', outcome);
  }
  return { book, steps: book.of('r')?.steps ?? assert.fail(), at: (ms: number) => (now = ms) };
}

function counts(outcomes: readonly Outcome[]) {
  const { steps } = bookOf(outcomes);
  return Object.fromEntries(
    Object.entries(steps).map(([step, figures]) => [step, [figures.in, figures.out, figures.exceptions]]),
  );
}

const PUBLISHED: Outcome = { kind: 'published', inspections: [inspection(['r'])], publishMs: 5, refusals: [] };
const FILTERED: Outcome = { kind: 'filtered', inspections: [inspection([])] };
const dead = (code: ConstructorParameters<typeof ServiceError>[0], message = 'why', rule?: string): Outcome => ({
  kind: 'deadLettered',
  error: new ServiceError(code, message, rule === undefined ? {} : { details: { rule } }),
  others: [],
});

const CASES: readonly (readonly [what: string, outcome: Outcome, expected: Record<string, readonly number[]>])[] = [
  [
    'a result',
    PUBLISHED,
    { source: [1, 1, 0], decoder: [1, 1, 0], filter: [1, 1, 0], project: [1, 1, 0], sink: [1, 1, 0] },
  ],
  [
    'what the condition drops',
    FILTERED,
    { source: [1, 1, 0], decoder: [1, 1, 0], filter: [1, 0, 0], project: [0, 0, 0], sink: [0, 0, 0] },
  ],
  [
    'a message that is no JSON',
    dead('ERR_PAYLOAD_JSON'),
    { source: [1, 1, 0], decoder: [1, 0, 1], filter: [0, 0, 0], project: [0, 0, 0], sink: [0, 0, 0] },
  ],
  [
    'a broken picture',
    dead('ERR_IMAGE_DECODE'),
    { source: [1, 1, 0], decoder: [1, 1, 0], filter: [1, 0, 1], project: [0, 0, 0], sink: [0, 0, 0] },
  ],
  [
    'a field that cannot be evaluated',
    dead('ERR_PREDICATE', 'run Select error: a', 'r'),
    { source: [1, 1, 0], decoder: [1, 1, 0], filter: [1, 1, 0], project: [1, 0, 1], sink: [0, 0, 0] },
  ],
  [
    'a result that the broker refuses',
    dead('ERR_RESULT_REFUSED', 'no', 'r'),
    { source: [1, 1, 0], decoder: [1, 1, 0], filter: [1, 1, 0], project: [1, 1, 0], sink: [1, 0, 1] },
  ],
  [
    'a failure beside that of another rule',
    {
      kind: 'deadLettered',
      error: new ServiceError('ERR_PREDICATE', 'why', { details: { rule: 'other' } }),
      others: [new ServiceError('ERR_PREDICATE', 'why', { details: { rule: 'r' } })],
    },
    { source: [1, 1, 0], decoder: [1, 1, 0], filter: [1, 0, 1], project: [0, 0, 0], sink: [0, 0, 0] },
  ],
];

for (const [what, outcome, expected] of CASES) {
  test(`${what} is counted where eKuiper would`, () => assert.deepEqual(counts([outcome]), expected));
}

test('latencies are those of the latest picture, faults have their sentence and time', () => {
  const { steps } = bookOf([PUBLISHED, dead('ERR_IMAGE_DECODE', 'the picture is broken')]);
  assert.deepEqual([steps.decoder.latencyUs, steps.filter.latencyUs, steps.sink.latencyUs], [1000, 5000, 5000]);
  assert.equal(steps.filter.lastException, 'run Where error: call func inference error: the picture is broken');
  assert.deepEqual([steps.filter.lastExceptionMs, steps.filter.lastMs, steps.sink.lastMs], [1002, 1002, 1001]);
});

test('pictures of other streams, and of a rule that is stopped, are not counted', () => {
  const { book, at } = bookOf([PUBLISHED]);
  book.onSettled('other', PUBLISHED);
  at(2000);
  book.running([]);
  book.onSettled('s', PUBLISHED);
  const run = book.of('r');
  assert.deepEqual([run?.isRunning, run?.startedMs, run?.stoppedMs, run?.steps.source.in], [false, 1000, 2000, 1]);
});

test('a rule that is started again, or becomes another one, begins at nothing', () => {
  const { book, at } = bookOf([PUBLISHED]);
  at(3000);
  book.running([{ ...RULE, version: 2 }]);
  assert.deepEqual([book.of('r')?.startedMs, book.of('r')?.stoppedMs, book.of('r')?.steps.source.in], [3000, 3000, 0]);
  book.running([{ ...RULE, version: 2 }]);
  assert.equal(book.of('r')?.startedMs, 3000);
  book.keep(new Set());
  assert.equal(book.of('r'), undefined);
});
