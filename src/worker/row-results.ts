/** The row of a rule in SQL → what its actions publish. */
import type { RuleResult } from '../domain/inspection.js';
import type { RowAction, RowShape, SelectRule } from '../domain/rule.js';
import { join, type Part, type PayloadMemory } from '../payload/join-parts.js';
import { isList, isMap, LazyText, type Value, type ValueMap, writeJson } from '../sql/values.js';
import { createRowTopic } from '../topics/row-topic.js';
import type { TextSource } from './row-source.js';

/** @throws {ServiceError} ERR_RESULT_REFUSED when a topic cannot be made of the row */
export type RowResults = (row: ValueMap, ok: boolean) => readonly RuleResult[];

/** What eKuiper's log sink prints. */
const LOGGED: RowShape = { sendSingle: false, omitIfEmpty: false };
const NOTHING = new Uint8Array(0);

export function createRowResults(rule: string, actions: readonly RowAction[], memory: PayloadMemory): RowResults {
  const publishing = actions.map((action) => {
    const topicOf = action.kind === 'mqtt' ? createRowTopic(action.topic) : undefined;
    return (row: ValueMap, ok: boolean, index: number): readonly RuleResult[] => {
      const result = { rule, action: index, ok };
      if (action.kind === 'nop') return [{ ...result, payload: NOTHING }];
      const shape = action.kind === 'mqtt' ? action : LOGGED;
      if (shape.omitIfEmpty && Object.keys(row).length === 0) return [];
      const topic = topicOf?.(row);
      const payload = join(partsOf(shaped(row, shape)), memory);
      return [topic === undefined ? { ...result, payload } : { ...result, topic, payload }];
    };
  });
  return (row, ok) => publishing.flatMap((publish, index) => publish(row, ok, index));
}

/** What failed, as text, to the topics that are the same for every row. */
export function errorResults(rule: string, { actions, sendError }: SelectRule, reason: string): readonly RuleResult[] {
  if (!sendError) return [];
  return actions.flatMap((action, index) => {
    if (action.kind !== 'mqtt' || createRowTopic(action.topic) !== undefined) return [];
    return [{ rule, action: index, ok: false, payload: Buffer.from(reason) }];
  });
}

/** In eKuiper's order: the rows, the data field of the first, then the fields. */
function shaped(row: ValueMap, { sendSingle, dataField, fields, excludeFields }: RowShape): Value {
  const pick = (value: Value): Value => {
    if (isList(value)) return value.map(pick);
    if (!isMap(value) || (fields === undefined && excludeFields === undefined)) return value;
    const names = Object.keys(value).filter(
      (name) => (fields?.includes(name) ?? true) && !(excludeFields?.includes(name) ?? false),
    );
    return mapOf(names.map((name) => [name, value[name] ?? null]));
  };
  if (dataField !== undefined) return pick(Object.hasOwn(row, dataField) ? (row[dataField] ?? null) : null);
  return pick(sendSingle ? row : [row]);
}

/** Without a prototype: `__proto__` is a name like any other. */
export function mapOf(entries: readonly (readonly [string, Value])[]): ValueMap {
  const map = Object.create(null) as Record<string, Value>;
  for (const [name, value] of entries) map[name] = value;
  return map;
}

/** @throws {EvaluationError} for a number that JSON has not, and for what is nested too deep */
function partsOf(value: Value): readonly Part[] {
  const parts: Part[] = [];
  let text = '';
  writeJson(value, (part) => {
    if (!(part instanceof LazyText)) {
      text += part;
      return;
    }
    parts.push(Buffer.from(text), ...(part.source as TextSource)());
    text = '';
  });
  return [...parts, Buffer.from(text)];
}
