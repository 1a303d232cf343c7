import type { StreamField } from '../../src/sql/ast.js';
import type { Row } from '../../src/sql/row.js';
import { compileSelect, type SelectPlan } from '../../src/sql/select-plan.js';
import { EvaluationError, SqlError } from '../../src/sql/sql-error.js';
import { fieldOf, type ValueMap, writeJson } from '../../src/sql/values.js';

interface Surroundings {
  readonly message?: ValueMap;
  readonly prediction?: () => ValueMap;
  readonly schema?: readonly StreamField[];
  readonly now?: Date;
}

/** A statement on the stream `t`, where `inference` is the function of a model. */
export function planOf(sql: string, schema: readonly StreamField[] = []): SelectPlan {
  return compileSelect(sql, { functions: new Set(['inference', 'other']), streams: new Map([['t', schema]]) });
}

export function rowWith({ message = {}, prediction = () => ({}), now = new Date(0) }: Surroundings): Row {
  return {
    column: (name) => fieldOf(message, name),
    names: () => Object.keys(message),
    prediction,
    topic: 't',
    rule: 'r1',
    now: () => now,
  };
}

export type Outcome =
  | { readonly output: string | null }
  | { readonly exception: string }
  | { readonly refused: string };

/** What becomes of a message under a statement, in the form of test/vectors/ekuiper/sql.json. */
export function outcomeOf(sql: string, surroundings: Surroundings = {}): Outcome {
  try {
    const judgement = planOf(sql, surroundings.schema).judge(rowWith(surroundings));
    if (!judgement.holds()) return { output: null };
    let output = '';
    writeJson(Object.fromEntries(judgement.columns()), (part) => {
      output += part instanceof Object ? JSON.stringify(part.toString()) : part;
    });
    return { output };
  } catch (error) {
    if (error instanceof EvaluationError) return { exception: error.message };
    if (error instanceof SqlError) return { refused: error.message };
    throw error;
  }
}
