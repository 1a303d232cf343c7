import assert from 'node:assert/strict';
import { test } from 'node:test';
import { helpText, overview } from '../../../src/cli/help.js';
import { COMMON_OPTIONS, readOptions } from '../../../src/cli/options.js';
import { COMMANDS } from '../../../src/cli/table.js';

const widest = (text: string): number => Math.max(...text.split('\n').map((line) => line.length));

test('the overview fits into 80 columns', () => {
  assert.ok(widest(overview(COMMANDS)) <= 80);
});

for (const [name, { load }] of Object.entries(COMMANDS)) {
  test(`the help of ${name} fits into 80 columns and has two examples`, async () => {
    const help = helpText(name, await load(), 80);
    assert.ok(widest(help) <= 80, help);
    assert.match(help, new RegExp(`Examples:\\n  flawline ${name}.*\\n  flawline ${name}`));
  });

  test(`the examples of ${name} have options that are there`, async () => {
    const command = await load();
    for (const example of command.examples) {
      const [, ...args] = example.match(/"[^"]*"|\S+/g) ?? [];
      assert.doesNotThrow(() => readOptions({ ...command.options, ...COMMON_OPTIONS }, args), example);
    }
  });
}

test('the help of a command shows each option once with its argument and default', async () => {
  const { load } = COMMANDS['verify'] ?? assert.fail();
  const help = helpText('verify', await load(), 80);
  assert.match(help, /^ {2}--count N +how many \(100\)$/m);
  assert.match(help, /^Usage: flawline verify \[--count N\] \[--kill\] \[--kill-with COMMAND\]/);
});
