/** A stream as eKuiper tells of it. */
import type { CreateStream, FieldType } from './ast.js';

/** The answer to DESCRIBE STREAM. */
export function describeStream({ fields, options }: CreateStream): string {
  const lines = fields.map(({ name, type }) => `${name}\t${fieldType(type)}\n`);
  const { datasource, format, type, shared, strictValidation } = options;
  const shown = [
    ['DATASOURCE', datasource],
    ['FORMAT', format],
    ['SHARED', shared],
    ['STRICT_VALIDATION', strictValidation],
    ['TYPE', type],
  ].filter(([, value]) => value !== undefined);
  return `Fields\n${'-'.repeat(80)}\n${lines.join('')}\n${shown.map(([key, value]) => `${key}: ${value}\n`).join('')}`;
}

function fieldType(type: FieldType): string {
  if (typeof type === 'string') return type;
  if ('array' in type) return `array(${fieldType(type.array)})`;
  return `struct(${type.struct.map((field) => `${field.name} ${fieldType(field.type)}`).join(', ')})`;
}
