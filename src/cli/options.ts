/** Options of commands. What is parsed, checked and shown in the help of one comes from its one entry in a table. */
import { parseArgs } from 'node:util';
import { nearest } from '../std/nearest-name.js';

/** The command line itself is wrong: exit code 2 and a pointer to the help text. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export interface Option<Value = unknown> {
  /** `N` of `--count N`; absent: the option takes no value. */
  readonly argument?: string;
  readonly help: string;
  /** @param given undefined when the option is not given. @throws {UsageError} */
  read(name: string, given: string | undefined): Value;
}

export type OptionTable = Readonly<Record<string, Option>>;

export type ValuesOf<Table extends OptionTable> = {
  readonly [Name in keyof Table]: Table[Name] extends Option<infer Value> ? Value : never;
};

export function flag(help: string): Option<boolean> {
  return { help, read: (_name, given) => given !== undefined };
}

export function text(argument: string, help: string): Option<string | undefined> {
  return { argument, help, read: (_name, given) => given };
}

export function oneOf<Choice extends string>(choices: readonly Choice[], help: string): Option<Choice | undefined> {
  return {
    argument: choices.join('|'),
    help,
    read(name, given) {
      const choice = choices.find((known) => known === given);
      if (given === undefined || choice !== undefined) return choice;
      throw new UsageError(`--${name} takes ${choices.join(' or ')}: ${JSON.stringify(given)}`);
    },
  };
}

interface NumberOptions<Default> {
  readonly minimum: number;
  readonly isWhole?: boolean;
  /** What holds when the option is not given; the help names it. */
  readonly otherwise?: Default;
}

export function number<Default extends number | undefined = undefined>(
  argument: string,
  help: string,
  { minimum, isWhole = false, otherwise }: NumberOptions<Default>,
): Option<number | Default> {
  return {
    argument,
    help: otherwise === undefined ? help : `${help} (${otherwise})`,
    read(name, given) {
      if (given === undefined) return otherwise as Default;
      const value = Number(given);
      const isValid = given.trim() !== '' && Number.isFinite(value) && value >= minimum;
      if (isValid && (!isWhole || Number.isInteger(value))) return value;
      throw new UsageError(
        `--${name} takes a ${isWhole ? 'whole ' : ''}number >= ${minimum}: ${JSON.stringify(given)}`,
      );
    },
  };
}

export const COMMON_OPTIONS = {
  config: text('FILE', 'configuration file, YAML or JSON (else FLAWLINE_CONFIG)'),
  help: flag('this text; also -h'),
};

export type CommonValues = ValuesOf<typeof COMMON_OPTIONS>;

export interface ReadOptions<Table extends OptionTable> {
  readonly values: ValuesOf<Table>;
  readonly positionals: readonly string[];
}

/** Reads the arguments of a command. An option that is given twice has its last value. @throws {UsageError} */
export function readOptions<Table extends OptionTable>(table: Table, args: readonly string[]): ReadOptions<Table> {
  const options = Object.fromEntries(
    Object.entries(table).map(([name, { argument }]) => [
      name,
      {
        type: argument === undefined ? ('boolean' as const) : ('string' as const),
        ...(name === 'help' && { short: 'h' }),
      },
    ]),
  );
  const { tokens, positionals } = parseArgs({ args: [...args], options, strict: false, tokens: true });
  const given = new Map<string, string>();
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const option = Object.hasOwn(table, token.name) ? table[token.name] : undefined;
    if (option === undefined) throw unknownOption(token.rawName, table);
    given.set(token.name, valueTextOf(token, option));
  }
  const values = Object.entries(table).map(([name, option]) => [name, option.read(name, given.get(name))]);
  return { values: Object.fromEntries(values) as ValuesOf<Table>, positionals };
}

interface OptionToken {
  readonly rawName: string;
  readonly value: string | undefined;
  readonly inlineValue: boolean | undefined;
}

function valueTextOf({ rawName, value, inlineValue }: OptionToken, { argument }: Option): string {
  if (argument === undefined) {
    if (value === undefined) return '';
    throw new UsageError(`${rawName} takes no value: ${JSON.stringify(value)}`);
  }
  // `--count --kill`: the next option is not the value of this one, unless it is written `--count=--kill`.
  if (value === undefined || (inlineValue !== true && /^-./.test(value) && Number.isNaN(Number(value)))) {
    throw new UsageError(`${rawName} takes a value: ${rawName} ${argument}`);
  }
  return value;
}

function unknownOption(rawName: string, table: OptionTable): UsageError {
  const name = nearest(rawName.replace(/^-+/, ''), Object.keys(table));
  return new UsageError(`There is no option ${rawName}${name === undefined ? '' : `; did you mean --${name}?`}`);
}
