/** Texts and lists of texts, as values of keys. */

/** Why `value` is not usable text, as "must …". */
export function textFault(value: unknown): string | undefined {
  if (typeof value !== 'string') return 'must be text (in quotes if it looks like something else)';
  if (value === '') return 'must not be empty';
  return /\p{Cc}/u.test(value.replace(/[\n\t]/g, ' ')) ? 'must not hold control characters' : undefined;
}

/** Why `value` is not a list of at least one text, as "must …". */
export function listFault(value: unknown): string | undefined {
  if (!Array.isArray(value)) return 'must be a list of texts, or texts with commas between';
  if (value.length === 0) return 'must have at least one entry';
  return value.map(textFault).find((fault) => fault !== undefined);
}

/** The entries of a comma-separated list, trimmed; empty ones are left out. */
export function splitList(text: string): string[] {
  return text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}
