/** Checks of values that people write: in the configuration, in model.json, in a model's own metadata. */

/** What a value breaks, as "must …"; undefined when it is valid. */
export type Check = (value: unknown) => string | undefined;

export type Mapping = Readonly<Record<string, unknown>>;

export function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export const checkText: Check = (value) => {
  if (typeof value !== 'string') return 'must be text (in quotes if it looks like something else)';
  if (value === '') return 'must not be empty';
  return /\p{Cc}/u.test(value.replace(/[\n\t]/g, ' ')) ? 'must not hold control characters' : undefined;
};

/** A list of at least one text. */
export const checkTexts: Check = (value) => {
  if (!Array.isArray(value)) return 'must be a list of texts, or texts with commas between';
  if (value.length === 0) return 'must have at least one entry';
  return value.map(checkText).find((fault) => fault !== undefined);
};

/** Text that stands in metrics and results: one line. */
export function checkLine(maxCharacters: number): Check {
  return (value) =>
    typeof value === 'string' && value.length > 0 && value.length <= maxCharacters && !/\p{Cc}/u.test(value)
      ? undefined
      : `must be a text of 1 to ${maxCharacters} characters in one line`;
}

export const checkFlag: Check = (value) => (typeof value === 'boolean' ? undefined : 'must be true or false');

/** Inclusive bounds of a number. */
export interface Bounds {
  readonly min?: number;
  readonly max?: number;
}

export function checkWhole(bounds: Bounds): Check {
  return (value) =>
    Number.isSafeInteger(value) && isWithin(value as number, bounds)
      ? undefined
      : `must be a whole number from ${bounds.min} to ${bounds.max}`;
}

export function checkNumber(bounds: Bounds): Check {
  return (value) =>
    Number.isFinite(value) && isWithin(value as number, bounds)
      ? undefined
      : `must be a number from ${bounds.min} to ${bounds.max}`;
}

export function checkChoice(choices: readonly unknown[]): Check {
  return (value) => (choices.includes(value) ? undefined : `must be ${choices.join(' or ')}`);
}

function isWithin(value: number, { min = -Infinity, max = Infinity }: Bounds): boolean {
  return value >= min && value <= max;
}
