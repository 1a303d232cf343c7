/** The word that an error names, as eKuiper's scanner has it. */

const BLANKS = /(?:[ \t\r\n]|-[ \t\r\n]*-[^\n]*|\/[ \t\r\n]*\*(?:(?!\*\/)[\s\S])*\*\/)*/y;
const WORD = /[A-Za-z][A-Za-z0-9_]*|[0-9][0-9.]*|"(?:\\.|[^"\\])*"?|'(?:\\.|[^'\\])*'?|`[^`]*`?|->|[<>!]=|[\s\S]/y;
const KEYWORDS: ReadonlySet<string> = new Set(
  (
    'SELECT AS FROM WHERE AND OR GROUP HAVING ORDER BY DESC ASC FILTER INNER LEFT RIGHT FULL CROSS JOIN ON CASE WHEN THEN ELSE END ' +
    'IN NOT BETWEEN LIKE OVER PARTITION REPLACE EXCEPT INVISIBLE TRUE FALSE DD HH MI SS MS LIMIT'
  ).split(' '),
);

/** Whether a word is no name unless it stands in backticks. */
export function isKeyword(word: string): boolean {
  return KEYWORDS.has(word.toUpperCase());
}

/** The word at an offset, behind blanks and comments; `EOF` at the end. */
export function foundAt(text: string, offset: number): string {
  BLANKS.lastIndex = offset;
  BLANKS.exec(text);
  WORD.lastIndex = BLANKS.lastIndex;
  const word = WORD.exec(text)?.[0];
  if (word === undefined) return 'EOF';
  if (isKeyword(word)) return word.toUpperCase();
  return /^(?:".*"|'.*'|`.*`)$/s.test(word) && word.length > 1 ? word.slice(1, -1) : word;
}

const LONGEST = 200;

/** As Go quotes a text by `%q`. */
export function quoted(text: string): string {
  return JSON.stringify(text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}…`);
}
