/**
 * `%` stands for any characters and `_` for one, as in SQL; so does `.`, as eKuiper makes a regular expression of the
 * pattern and escapes nothing. What else such an expression could say is refused: it could take exponential time.
 */
import { SqlError } from './sql-error.js';

const REFUSED = /[\\*+?()[\]{}|^$]/;

export type Matcher = (text: string) => boolean;

/** @throws {SqlError} for a pattern with a character that eKuiper would read as one of a regular expression */
export function compileLike(pattern: string): Matcher {
  const refused = REFUSED.exec(pattern)?.[0];
  if (refused !== undefined) throw new SqlError(`invalid LIKE pattern: ${refused} is not supported in it`);
  return (text) => matches(pattern, text);
}

/** Goes back to the last `%` alone, so in time of at most both lengths multiplied. */
function matches(pattern: string, text: string): boolean {
  let [inPattern, inText] = [0, 0];
  let [behindPercent, tried] = [-1, 0];
  while (inText < text.length) {
    const wanted = pattern[inPattern];
    const isAny = wanted === '_' || wanted === '.';
    if (wanted === '%') {
      inPattern += 1;
      [behindPercent, tried] = [inPattern, inText];
    } else if (isAny ? text[inText] !== '\n' : wanted === text[inText]) {
      inPattern += 1;
      inText += isAny ? lengthAt(text, inText) : 1;
    } else if (behindPercent >= 0 && text[tried] !== '\n') {
      tried += lengthAt(text, tried);
      [inPattern, inText] = [behindPercent, tried];
    } else {
      return false;
    }
  }
  while (pattern[inPattern] === '%') inPattern += 1;
  return inPattern === pattern.length;
}

function lengthAt(text: string, at: number): number {
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
}
