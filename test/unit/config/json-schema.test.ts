import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createJsonSchema } from '../../../src/config/json-schema.js';
import { KEYS } from '../../../src/config/schema.js';

type Node = { readonly properties?: Readonly<Record<string, Node>>; readonly [name: string]: unknown };

function at(path: string): Node {
  return path.split('.').reduce<Node>((node, name) => node.properties?.[name] ?? {}, createJsonSchema() as Node);
}

test('createJsonSchema() describes every key', () => {
  assert.deepEqual(
    [...KEYS.keys()].filter((path) => typeof at(path)['description'] !== 'string'),
    [],
  );
});

test('createJsonSchema() has the default of every key that has a fixed one', () => {
  const fixed = [...KEYS].filter(([, spec]) => spec.default !== null);
  assert.deepEqual(
    fixed.map(([path]) => at(path)['default']),
    fixed.map(([, spec]) => spec.default),
  );
});

test('createJsonSchema() allows no other keys', () => {
  assert.deepEqual([createJsonSchema()['additionalProperties'], at('mqtt')['additionalProperties']], [false, false]);
});

test('createJsonSchema() has bounds and choices', () => {
  const { minimum, maximum, type } = at('http.port');
  assert.deepEqual([type, minimum, maximum, at('source.qos')['enum']], ['integer', 0, 65_535, [0, 1]]);
});
