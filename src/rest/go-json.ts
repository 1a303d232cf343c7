/** JSON of a call: what cannot be read is told in the words of Go's encoding/json, which eKuiper's users know. */

/** @throws {GoJsonError} */
export function parseGoJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new GoJsonError(explainSyntax(text));
  }
}

export class GoJsonError extends Error {
  override readonly name = 'GoJsonError';
}

const END = 'unexpected end of JSON input';
const LITERALS = ['true', 'false', 'null'];

/** The first thing that Go's scanner stops at. JSON.parse has refused the text. */
function explainSyntax(text: string): string {
  const scanner = new Scanner(text);
  try {
    scanner.value('looking for beginning of value');
    scanner.blanks();
    if (scanner.at < text.length) scanner.fail('after top-level value');
  } catch (error) {
    if (error instanceof GoJsonError) return error.message;
    throw error;
  }
  return END;
}

/** Nesting is counted and not followed by calls: a text of a million brackets is refused, not a full stack. */
class Scanner {
  readonly text: string;
  at = 0;

  constructor(text: string) {
    this.text = text;
  }

  fail(context: string): never {
    const point = this.text.codePointAt(this.at);
    if (point === undefined) throw new GoJsonError(END);
    throw new GoJsonError(`invalid character ${quoted(point)} ${context}`);
  }

  blanks(): void {
    while (' \t\r\n'.includes(this.text[this.at] ?? '_')) this.at += 1;
  }

  /** A value with all that is in it, walked with a stack of its own. */
  value(context: string): void {
    const closers: ('}' | ']')[] = [];
    let expected = context;
    for (;;) {
      this.blanks();
      const opened = this.#begin(expected, closers);
      expected = 'looking for beginning of value';
      if (opened) continue;
      if (!this.#end(closers)) return;
    }
  }

  /** True when a value is to follow: behind an opening bracket or a key. */
  #begin(expected: string, closers: ('}' | ']')[]): boolean {
    const mark = this.text[this.at];
    if (mark === '{') {
      this.at += 1;
      this.blanks();
      if (this.text[this.at] === '}') {
        this.at += 1;
        return false;
      }
      this.#key();
      closers.push('}');
      return true;
    }
    if (mark === '[') {
      this.at += 1;
      this.blanks();
      if (this.text[this.at] === ']') {
        this.at += 1;
        return false;
      }
      closers.push(']');
      return true;
    }
    this.#scalar(expected);
    return false;
  }

  /** Behind a value: true when another one is to follow. */
  #end(closers: ('}' | ']')[]): boolean {
    for (let closer = closers.at(-1); closer !== undefined; closer = closers.at(-1)) {
      this.blanks();
      const mark = this.text[this.at];
      if (mark !== ',' && mark !== closer)
        this.fail(closer === '}' ? 'after object key:value pair' : 'after array element');
      this.at += 1;
      if (mark === ',') {
        if (closer === '}') this.#key();
        return true;
      }
      closers.pop();
    }
    return false;
  }

  #key(): void {
    this.blanks();
    if (this.text[this.at] !== '"') this.fail('looking for beginning of object key string');
    this.#string();
    this.blanks();
    if (this.text[this.at] !== ':') this.fail('after object key');
    this.at += 1;
  }

  #scalar(expected: string): void {
    const mark = this.text[this.at] ?? '';
    if (mark === '"') this.#string();
    else if (mark === '-' || /\d/.test(mark)) this.#number();
    else this.#literal(mark, expected);
  }

  #literal(mark: string, expected: string): void {
    const literal = LITERALS.find((name) => name[0] === mark) ?? this.fail(expected);
    for (const letter of literal) {
      if (this.text[this.at] !== letter) this.fail(`in literal ${literal} (expecting ${quoted(letter.charCodeAt(0))})`);
      this.at += 1;
    }
  }

  #string(): void {
    for (this.at += 1; this.text[this.at] !== '"'; this.at += 1) {
      if ((this.text.charCodeAt(this.at) || 0) < 0x20) this.fail('in string literal');
      if (this.text[this.at] !== '\\') continue;
      this.at += 1;
      if (this.text[this.at] === 'u') this.#hex();
      else if (!'"\\/bfnrt'.includes(this.text[this.at] ?? '_')) this.fail('in string escape code');
    }
    this.at += 1;
  }

  #hex(): void {
    for (let digit = 0; digit < 4; digit += 1) {
      this.at += 1;
      if (!/[0-9a-fA-F]/.test(this.text[this.at] ?? '')) this.fail('in \\u hexadecimal character escape');
    }
  }

  #number(): void {
    if (this.text[this.at] === '-') this.at += 1;
    if (this.text[this.at] === '0') this.at += 1;
    else this.#digits('in numeric literal');
    if (this.text[this.at] === '.') {
      this.at += 1;
      this.#digits('after decimal point in numeric literal');
    }
    if (!/[eE]/.test(this.text[this.at] ?? '')) return;
    this.at += 1;
    if (/[+-]/.test(this.text[this.at] ?? '')) this.at += 1;
    this.#digits('in exponent of numeric literal');
  }

  #digits(context: string): void {
    if (!/\d/.test(this.text[this.at] ?? '')) this.fail(context);
    while (/\d/.test(this.text[this.at] ?? '')) this.at += 1;
  }
}

/** A character as Go's quoteChar and strconv.Quote have it. */
function quoted(point: number): string {
  const character = String.fromCodePoint(point);
  if (character === "'") return `'\\''`;
  if (character === '"') return `'"'`;
  const json = JSON.stringify(character).slice(1, -1);
  return `'${json.replace(/^\\u00(..)$/, '\\x$1')}'`;
}

/** As Go writes it: keys of mappings in order, `<`, `>` and `&` escaped. */
export function writeGoJson(value: unknown): string {
  return JSON.stringify(sorted(value)).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return Object.fromEntries(entries.map(([key, each]) => [key, sorted(each)]));
}
