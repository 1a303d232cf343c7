import assert from 'node:assert/strict';
import { test } from 'node:test';
import { flag, number, readOptions, text, UsageError } from '../../../src/cli/options.js';

const TABLE = {
  count: number('N', 'how many', { minimum: 1, isWhole: true, otherwise: 100 }),
  rate: number('N', 'pictures a second', { minimum: 0.001 }),
  kill: flag('kills'),
  topic: text('TOPIC', 'where to'),
  help: flag('this text'),
};

test('readOptions() gives each option its type, its default and its value', () => {
  const { values, positionals } = readOptions(TABLE, ['a.jpg', '--rate', '2.5', '--kill', '--topic=-x', 'b.jpg']);
  assert.deepEqual(values, { count: 100, rate: 2.5, kill: true, topic: '-x', help: false });
  assert.deepEqual(positionals, ['a.jpg', 'b.jpg']);
});

for (const [title, args, expected] of [
  ['the last of two values', ['--count', '1', '--count', '2'], { count: 2 }],
  ['-h as --help', ['-h'], { help: true }],
  ['what stands behind -- as positionals', ['--', '--kill'], { kill: false }],
] as const) {
  test(`readOptions() takes ${title}`, () => {
    const { values } = readOptions(TABLE, args);
    for (const [name, value] of Object.entries(expected)) assert.equal(values[name as keyof typeof values], value);
  });
}

for (const [title, args, message] of [
  ['an option that there is not', ['--coutn', '3'], 'There is no option --coutn; did you mean --count?'],
  ['an option that is like no other', ['--unrelated'], 'There is no option --unrelated'],
  ['an unknown short option', ['-z'], 'There is no option -z'],
  ['a name of every object', ['--constructor'], 'There is no option --constructor'],
  ['a value that is missing at the end', ['--topic'], '--topic takes a value: --topic TOPIC'],
  ['a value that is the next option', ['--count', '--kill'], '--count takes a value: --count N'],
  ['a value of a flag', ['--kill=yes'], '--kill takes no value: "yes"'],
  ['a fraction of a whole number', ['--count', '1.5'], '--count takes a whole number >= 1: "1.5"'],
  ['a number below the least', ['--rate', '-1'], '--rate takes a number >= 0.001: "-1"'],
  ['no number', ['--rate', 'fast'], '--rate takes a number >= 0.001: "fast"'],
  ['an empty number', ['--rate='], '--rate takes a number >= 0.001: ""'],
] as const) {
  test(`readOptions() refuses ${title}`, () => {
    assert.throws(() => readOptions(TABLE, args), new UsageError(message));
  });
}
