/** The schema of a configuration file, for editors and other tools: JSON Schema 2020-12 made from the convict schema. */
import { FORMATS, type JsonSchema } from './formats.js';
import { isKeySpec, SCHEMA, type SchemaNode } from './schema.js';

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
