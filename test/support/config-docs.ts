/** What docs and example files say about the keys, made from the schema; scripts/write-config-docs.mjs writes it. */
import { stringify } from 'yaml';
import { isKeySpec, KEYS, SCHEMA, type SchemaNode, variableOf } from '../../src/config/schema.js';

type Key = Extract<SchemaNode, { readonly doc: string }>;

/** Marks where the table stands in docs/configuration.md. */
export const TABLE_START = '<!-- keys: npm run docs -->';
export const TABLE_END = '<!-- end of keys -->';

/** Rules as an example; test/docs/configuration.test.ts loads them. */
export const RULES_EXAMPLE = `rules:
  - id: all
    where: defect >= 0
    topic: ekuiper/defect
  - id: found
    where: defect > 0 && area > 0.001
    topic: ekuiper/defect/found
    fields: [origin, afterProcess as picture, defect, inference time as ms]
    render: overlay
`;

export function configurationTable(): string {
  const rows = [...KEYS].map(([path, spec]) => {
    const variable = spec.fileOnly ? 'file only' : `\`${variableOf(path)}\``;
    return `| \`${path}\` | ${variable} | ${defaultOf(spec)} | ${spec.doc}${rangeOf(spec)} |`;
  });
  return ['| Key | Variable | Default | Meaning |', '|---|---|---|---|', ...rows].join('\n');
}

function defaultOf(spec: Key): string {
  if (spec.default === null) return spec.defaultText ?? 'none';
  return `\`${Array.isArray(spec.default) ? spec.default.join(',') : String(spec.default)}\``;
}

function rangeOf({ choices, min, max }: Key): string {
  if (choices !== undefined) return ` One of ${choices.map((choice) => `\`${choice}\``).join(', ')}.`;
  return min === undefined ? '' : ` From ${min} to ${max}.`;
}

/** A file with every key; those that have no fixed default are commented out. */
export function exampleYaml(): string {
  const head = [
    '# yaml-language-server: $schema=./flawline.schema.json',
    '# Every key with its default. Copy what you change to config/flawline.yaml; docs/configuration.md says more.',
  ];
  const body = Object.entries(SCHEMA as Readonly<Record<string, SchemaNode>>).flatMap(([name, node]) => [
    '',
    ...(isKeySpec(node) ? keyLines(name, node) : [`${name}:`, ...sectionLines(node)]),
  ]);
  return `${[...head, ...body].join('\n')}\n`;
}

function sectionLines(node: Readonly<Record<string, SchemaNode>>): readonly string[] {
  return Object.entries(node).flatMap(([name, child]) =>
    (isKeySpec(child) ? keyLines(name, child) : sectionLines(child)).map((line) => `  ${line}`),
  );
}

function keyLines(name: string, spec: Key): readonly string[] {
  const defaultText = spec.defaultText === undefined ? '' : ` Default: ${spec.defaultText}.`;
  const doc = wrap(`${spec.doc}${rangeOf(spec).replaceAll('`', '')}${defaultText}`);
  if (name === 'rules')
    return [
      ...doc,
      ...RULES_EXAMPLE.trimEnd()
        .split('\n')
        .map((line) => `# ${line}`),
    ];
  if (spec.default === null) return [...doc, `# ${name}:`];
  const value = Array.isArray(spec.default) ? JSON.stringify(spec.default) : stringify(spec.default).trimEnd();
  return [...doc, `${name}: ${value}`];
}

function wrap(text: string): readonly string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line.length + word.length < 100) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(` ${word}`);
  }
  return lines.map((line) => `#${line}`);
}
