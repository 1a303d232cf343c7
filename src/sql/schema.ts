/** Streams whose fields CREATE STREAM names: messages have those alone, and whole numbers where it says bigint. */
import type { FieldType, StreamField } from './ast.js';
import type { Row } from './row.js';
import type { Value } from './values.js';

export function withSchema(row: Row, fields: readonly StreamField[]): Row {
  const types = new Map(fields.map(({ name, type }) => [name, type]));
  return {
    topic: row.topic,
    rule: row.rule,
    now: row.now,
    prediction: () => row.prediction(),
    column(name) {
      const type = types.get(name);
      return type === undefined ? null : typed(row.column(name), type);
    },
    *names() {
      for (const name of row.names()) if (types.has(name)) yield name;
    },
  };
}

function typed(value: Value, type: FieldType): Value {
  if (type === 'bigint' && typeof value === 'number' && Number.isFinite(value)) {
    return BigInt.asIntN(64, BigInt(Math.trunc(value)));
  }
  return value;
}
