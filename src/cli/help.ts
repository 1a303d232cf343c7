/** The help texts, laid out for the width of a terminal. */
import type { Command } from './command.js';
import { COMMON_OPTIONS, type Option } from './options.js';

/** Wider lines are hard to read, narrower ones do not hold the column of options. */
const WIDEST = 100;
const NARROWEST = 60;

export function overview(commands: Readonly<Record<string, { readonly summary: string }>>): string {
  const rows = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(12)} ${summary}`);
  return [
    'flawline inspects pictures that arrive over MQTT and publishes what it finds.',
    '',
    'Usage: flawline COMMAND [options]',
    '       flawline COMMAND --help     also -h',
    '       flawline --version          also -v',
    '',
    ...rows,
    '',
    'Examples:',
    '  flawline demo',
    '  flawline infer pictures/ --out marked/',
    '',
    'Exit codes: 0 done, 1 failure, 2 configuration fault, 3 session taken over,',
    '4 no OpenVINO runtime.',
    '',
  ].join('\n');
}

/** @param columns the width of the terminal */
export function helpText(name: string, command: Command, columns: number): string {
  const width = Math.min(Math.max(columns, NARROWEST), WIDEST);
  const options = Object.entries<Option>({ ...command.options, ...COMMON_OPTIONS });
  const rows = options.map(([option, { argument, help }]) => [`  ${usageOf(option, argument)}`, help] as const);
  const indent = Math.max(...rows.map(([usage]) => usage.length)) + 2;
  const usage = Object.entries<Option>(command.options).map(
    ([option, { argument }]) => `[${usageOf(option, argument)}]`,
  );
  const head = `Usage: flawline ${name} `;
  return [
    ...wrap([command.positionals ?? [], usage, '[--config FILE]'].flat(), { head, width }),
    '',
    ...paragraph(command.summary, width),
    ...(command.about ?? []).flatMap((text) => ['', ...paragraph(text, width)]),
    '',
    'Options:',
    ...rows.flatMap(([usage, help]) => wrap(help.split(' '), { head: usage.padEnd(indent), width })),
    '',
    'Examples:',
    ...command.examples.map((example) => `  flawline ${example}`),
    '',
  ].join('\n');
}

function usageOf(option: string, argument: string | undefined): string {
  return argument === undefined ? `--${option}` : `--${option} ${argument}`;
}

function paragraph(text: string, width: number): string[] {
  return wrap(text.split(' '), { head: '', width });
}

/** Lines of at most `width` columns as far as no word is longer; those after the first stand below the end of `head`. */
function wrap(words: readonly string[], { head, width }: { readonly head: string; readonly width: number }): string[] {
  const lines: string[] = [];
  let line = head;
  let isEmpty = true;
  for (const word of words) {
    if (!isEmpty && line.length + 1 + word.length > width) {
      lines.push(line);
      line = ' '.repeat(head.length);
      isEmpty = true;
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, line];
}
