/** The configuration for people and tools: the effective one as text, without secrets, and the schema of a file. */
import { display } from './fault.js';
import type { JsonSchema } from './key.js';
import type { LoadedConfig } from './load.js';
import { isKeySpec, KEYS, REPLACED_BY, SCHEMA, type SchemaNode } from './schema.js';
import { FORMATS } from './value-kinds.js';

/** The effective configuration, every value with where it came from: a line a key: path, value, origin, in columns. */
export function explainConfig(loaded: LoadedConfig): readonly string[] {
  const rows = [...KEYS.keys()].map((path) => [path, shown(path, loaded), originOf(path, loaded)] as const);
  const pathWidth = Math.max(...rows.map(([path]) => path.length));
  const valueWidth = Math.min(40, Math.max(...rows.map(([, value]) => value.length)));
  return rows.map(([path, value, origin]) => `${path.padEnd(pathWidth)}  ${value.padEnd(valueWidth)}  ${origin}`);
}

function shown(path: string, { values }: LoadedConfig): string {
  const value = path.split('.').reduce<unknown>((node, name) => (node as Record<string, unknown>)[name], values);
  if (Array.isArray(value) && value.every((entry) => typeof entry === 'string')) {
    return display(path, KEYS.get(path)?.format === 'brokerUrls' ? value : value.join(', '));
  }
  return display(path, value);
}

function originOf(path: string, { origins, values }: LoadedConfig): string {
  for (const [list, keys] of REPLACED_BY) {
    if (keys.includes(path) && values[list] !== null) return `not used, as ${list} are given`;
  }
  const origin = origins.get(path);
  if (origin !== undefined) return origin;
  const text = KEYS.get(path)?.defaultText;
  return text === undefined ? 'default' : `default: ${text}`;
}

/** For editors and other tools: JSON Schema 2020-12 made from the convict schema. */
export function createJsonSchema(): JsonSchema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'flawline configuration',
    description: 'Written by "flawline config schema". docs/configuration.md explains the keys.',
    ...schemaOf(SCHEMA),
  };
}

function schemaOf(node: SchemaNode): JsonSchema {
  if (!isKeySpec(node)) {
    const properties = Object.entries(node).map(([name, child]) => [name, schemaOf(child)]);
    // A section whose keys are all commented out is null in YAML.
    const type = node === SCHEMA ? 'object' : ['object', 'null'];
    return { type, additionalProperties: false, properties: Object.fromEntries(properties) };
  }
  const format = FORMATS[node.format].jsonSchema(node);
  const description = node.defaultText === undefined ? node.doc : `${node.doc} Default: ${node.defaultText}.`;
  return { description, ...format, ...(node.default === null ? {} : { default: node.default }) };
}
