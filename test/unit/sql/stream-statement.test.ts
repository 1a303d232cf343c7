import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseStreamStatement } from '../../../src/sql/parse.js';
import { describeStream } from '../../../src/sql/stream-text.js';

for (const [sql, expected] of [
  [
    'CREATE STREAM openvino_demo () WITH (DATASOURCE="openvino_demo")',
    { kind: 'create', name: 'openvino_demo', fields: [], options: { datasource: 'openvino_demo' } },
  ],
  [
    'create stream s2 (image string, n bigint) with (SHARED="true", format="json" DATASOURCE="a/+/b");',
    {
      kind: 'create',
      name: 's2',
      fields: [
        { name: 'image', type: 'string' },
        { name: 'n', type: 'bigint' },
      ],
      options: { datasource: 'a/+/b', format: 'json', shared: true },
    },
  ],
  [
    'CREATE STREAM `a-b` (l array(float), o struct(x bigint, y array(struct(z boolean)))) WITH (TYPE="mqtt", STRICT_VALIDATION=FALSE)',
    {
      kind: 'create',
      name: 'a-b',
      fields: [
        { name: 'l', type: { array: 'float' } },
        {
          name: 'o',
          type: {
            struct: [
              { name: 'x', type: 'bigint' },
              { name: 'y', type: { array: { struct: [{ name: 'z', type: 'boolean' }] } } },
            ],
          },
        },
      ],
      options: { type: 'mqtt' },
    },
  ],
  ['SHOW STREAMS', { kind: 'show' }],
  ['DESCRIBE STREAM openvino_demo', { kind: 'describe', name: 'openvino_demo' }],
  ['drop stream openvino_demo;', { kind: 'drop', name: 'openvino_demo' }],
] as const) {
  test(`${sql} is read`, () => assert.deepEqual(parseStreamStatement(sql), expected));
}

const KEYS =
  'DATASOURCE|FORMAT|KEY|CONF_KEY|SHARED|STRICT_VALIDATION|TYPE|TIMESTAMP|TIMESTAMP_FORMAT|RETAIN_SIZE|SCHEMAID|EXTRA|VERSION|TEMP|KIND|DELIMITER';

// The first six are of the recording of a running eKuiper.
for (const [sql, message] of [
  ['CREATE STREAM x (a bigint', 'found "EOF", expect comma or rparen.'],
  ['', 'Invalid stream statement: '],
  ['SELECT * FROM openvino_demo', 'Invalid stream statement: SELECT * FROM openvino_demo'],
  ['CREATE STREAM bad name () WITH (DATASOURCE="x")', 'found "name", expected lparen after stream name.'],
  ['CREATE STREAM s3 () WITH (DATASOURCE="x", NOSUCH="1")', `found "NOSUCH", unknown option keys(${KEYS}).`],
  ['CREATE STREAM s5 ()', 'found "EOF", expected is with.'],
  ['CREATE STREAM x () WITH (DATASOURCE="x"', `found "EOF", unknown option keys(${KEYS}).`],
  ['CREATE STREAM x () WITH (DATASOURCE "x")', 'found "x", expect equals(=) in options.'],
  ['CREATE STREAM x () WITH (DATASOURCE=1)', 'found "1", expect string value in option.'],
  ['CREATE STREAM x () WITH (SHARED="maybe")', 'found "maybe", expect TRUE/FALSE value in SHARED option.'],
  [
    'CREATE STREAM x (a int) WITH (DATASOURCE="x")',
    'found "int", expect valid stream field types(BIGINT | FLOAT | STRING | DATETIME | BOOLEAN | BYTEA | ARRAY | STRUCT).',
  ],
  ['CREATE STREAM 1 () WITH ()', 'found "1", expected stream name.'],
  ['CREATE x', 'found "x", expected keyword stream or table.'],
  ['SHOW x', 'found "x", expected keyword streams or tables.'],
  ['DROP STREAM x y', 'found "y", expected semicolon or EOF.'],
  ['CREATE TABLE x () WITH (DATASOURCE="x")', 'tables are not supported'],
  [
    'CREATE STREAM x () WITH (DATASOURCE="x", CONF_KEY="other")',
    'option CONF_KEY is not supported: a stream has no broker of its own, all come from that of the section mqtt',
  ],
  [
    `CREATE STREAM x () WITH (EXTRA='{"server":"tcp://other:1883"}')`,
    'found "{\\"server\\":\\"tcp://other:1883\\"}", expect string value in option.',
  ],
  ['CREATE STREAM x () WITH (TIMESTAMP="ts")', 'option TIMESTAMP is not supported'],
  [
    'CREATE STREAM x () WITH (FORMAT="binary")',
    "option 'format=binary' is not supported: messages are JSON, or pictures as they are",
  ],
  ['CREATE STREAM x () WITH (TYPE="httppull")', "option 'type=httppull' is not supported: streams come by MQTT"],
] as const) {
  test(`${sql} is refused: ${message}`, () => assert.throws(() => parseStreamStatement(sql), { message }));
}

test('structs within structs end with an error that is short', () => {
  const sql = `CREATE STREAM x (${'a struct('.repeat(10_000)}`;
  assert.throws(() => parseStreamStatement(sql), { message: /longer than|within each other/ });
});

test('DESCRIBE tells fields and options as eKuiper does', () => {
  const described = (sql: string) => {
    const statement = parseStreamStatement(sql);
    return statement.kind === 'create' ? describeStream(statement) : '';
  };
  const line = '-'.repeat(80);
  assert.equal(
    described('CREATE STREAM openvino_demo () WITH (DATASOURCE="openvino_demo")'),
    `Fields\n${line}\n\nDATASOURCE: openvino_demo\n`,
  );
  assert.equal(
    described('CREATE STREAM x (a bigint, l array(string), o struct(b float)) WITH (DATASOURCE="x", SHARED="true")'),
    `Fields\n${line}\na\tbigint\nl\tarray(string)\no\tstruct(b float)\n\nDATASOURCE: x\nSHARED: true\n`,
  );
});
