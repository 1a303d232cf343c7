/** What people who come from SQL write, and how a predicate says it. */

interface Word {
  readonly pattern: RegExp;
  readonly advice: string;
}

/** Tried in this order at each place of the text. Letters in any case, as SQL has them. */
const WORDS: readonly Word[] = [
  { pattern: /is\s+not\s+null\b/iy, advice: 'has(msg.NAME)' },
  { pattern: /is\s+null\b/iy, advice: '!has(msg.NAME)' },
  { pattern: /(not\s+)?(i?like|rlike|regexp|similar)\b/iy, advice: 'startsWith("…"), endsWith("…") or contains("…")' },
  { pattern: /not\s+in\b/iy, advice: '!(x in [a, b])' },
  { pattern: /and\b/iy, advice: '&&' },
  { pattern: /or\b/iy, advice: '||' },
  { pattern: /xor\b/iy, advice: '!= between two truths in brackets' },
  { pattern: /not\b/iy, advice: '!(…)' },
  { pattern: /between\b/iy, advice: 'x >= a && x <= b' },
  { pattern: /in\s*(?=\([^()]*,)|IN\b/y, advice: 'in [a, b]' },
  { pattern: /case\b/iy, advice: 'condition ? a : b' },
  { pattern: /(select|where|having)\b/iy, advice: 'nothing but the condition' },
  { pattern: /(TRUE|FALSE|NULL|True|False|Null)\b/y, advice: 'true, false or null in small letters' },
  { pattern: /<>/y, advice: '!=' },
  { pattern: /->>?/y, advice: 'a point: msg.line' },
  { pattern: /===/y, advice: '==' },
  { pattern: /!==/y, advice: '!=' },
  { pattern: /=~|!~|~/y, advice: 'startsWith("…"), endsWith("…") or contains("…")' },
  { pattern: /;/y, advice: 'nothing at the end' },
];
const ASSIGNMENT: Word = { pattern: /=/y, advice: '==' };
const TEXT = /"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'/y;
/** Names, numbers and operators of predicates, a field behind a point included. */
const OTHER = /(?:\.\s*)?[A-Za-z_][A-Za-z0-9_]*|[=!<>]=|&&|\|\||./sy;

/** What stands here for functions of SQL. */
const FUNCTIONS: Readonly<Record<string, string>> = {
  ...{ upper: 'upperAscii()', lower: 'lowerAscii()', length: 'size()', len: 'size()', char_length: 'size()' },
  ...{ concat: '+', substr: 'substring(start, end)', substring: 'substring(start, end)', instr: 'indexOf()' },
  ...{ coalesce: 'has(x) ? x : y', ifnull: 'has(x) ? x : y', isnull: '!has(x)', cast: 'int(), double() or string()' },
};

/** The first word of SQL in a text that is no predicate, outside of its quoted texts. */
export function sqlWordIn(source: string): { readonly offset: number; readonly reason: string } | undefined {
  for (let offset = 0; offset < source.length; ) {
    const text = matchAt(TEXT, source, offset);
    const found = text === undefined ? wordAt(source, offset) : undefined;
    if (found !== undefined) return { offset, reason: `"${found.word}" is not CEL: write ${found.advice}` };
    offset += (text ?? matchAt(OTHER, source, offset) ?? ' ').length;
  }
  return undefined;
}

/** What to write in place of a function of SQL. */
export function sqlFunctionAdvice(name: string): string | undefined {
  const key = name.toLowerCase();
  return Object.hasOwn(FUNCTIONS, key) ? FUNCTIONS[key] : undefined;
}

function wordAt(source: string, offset: number): { readonly word: string; readonly advice: string } | undefined {
  for (const { pattern, advice } of WORDS) {
    const word = matchAt(pattern, source, offset);
    if (word !== undefined) return { word: word.trim(), advice };
  }
  const isOperator = matchAt(/[=!<>]=/y, source, offset) !== undefined;
  const word = isOperator ? undefined : matchAt(ASSIGNMENT.pattern, source, offset);
  return word === undefined ? undefined : { word, advice: ASSIGNMENT.advice };
}

function matchAt(pattern: RegExp, source: string, offset: number): string | undefined {
  pattern.lastIndex = offset;
  return pattern.exec(source)?.[0];
}
