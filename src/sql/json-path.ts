/** The JSON paths of `json_path_query_first`: names, places, `*` and slices; no filters, no descent. */
import { SqlError } from './sql-error.js';
import { fieldOf, isList, isMap, type Value } from './values.js';

type Step = { readonly many: boolean; readonly take: (value: Value) => readonly Value[] };

const STEP =
  /\.([A-Za-z_][A-Za-z0-9_]*)|\.\*|\[\*\]|\[(-?\d{1,9})\]|\[(-?\d{0,9}):(-?\d{0,9})\]|\[(["'])((?:(?!\5).)*)\5\]/y;

export interface JsonPath {
  /** Whether it can lead to more than one place. */
  readonly isMany: boolean;
  query(value: Value): readonly Value[];
}

/** @throws {SqlError} for a path that is none, or has more than this takes */
export function compileJsonPath(text: string): JsonPath {
  const steps: Step[] = [];
  let at = 1;
  while (text.startsWith('$') && at < text.length) {
    STEP.lastIndex = at;
    const found = STEP.exec(text);
    if (found === null) break;
    steps.push(stepOf(found));
    at = STEP.lastIndex;
  }
  if (!text.startsWith('$') || at < text.length) throw new SqlError(`the JSON path ${text} is not supported`);
  return {
    isMany: steps.some(({ many }) => many),
    query: (value) => steps.reduce<readonly Value[]>((values, { take }) => values.flatMap(take), [value]),
  };
}

function stepOf([, name, place, from, to, , quoted]: RegExpExecArray): Step {
  const key = name ?? quoted;
  if (key !== undefined) return { many: false, take: (value) => present(isMap(value) ? fieldOf(value, key) : null) };
  if (place !== undefined) {
    return { many: false, take: (value) => present(isList(value) ? (value.at(Number(place)) ?? null) : null) };
  }
  if (from !== undefined && to !== undefined) {
    const [first, last] = [Number(from), to === '' ? undefined : Number(to)];
    return { many: true, take: (value) => (isList(value) ? value.slice(first, last) : []) };
  }
  return { many: true, take: (value) => (isList(value) ? value : isMap(value) ? Object.values(value) : []) };
}

function present(value: Value): readonly Value[] {
  return value === null ? [] : [value];
}
