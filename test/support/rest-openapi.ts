/** docs/rest.openapi.json, made from the table of calls: what each takes and gives is said here. */
import { createRestCalls } from '../../src/rest/calls.js';
import { refusedRoutes } from '../../src/rest/routes.js';
import type { RestState } from '../../src/rest/state.js';

type Schema = Readonly<Record<string, unknown>>;

const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });
const STATEMENT = ref('Statement');

/** Bodies by method and path. */
const BODIES: Readonly<Record<string, Schema>> = {
  'POST /streams': STATEMENT,
  'PUT /streams/{id}': STATEMENT,
  'POST /rules': ref('Rule'),
  'POST /rules/validate': ref('Rule'),
  'PUT /rules/{id}': ref('Rule'),
  'POST /plugins/portables': ref('Plugin'),
  'PUT /plugins/portables/{id}': ref('Plugin'),
  'POST /plugins/functions': ref('Plugin'),
  'PUT /plugins/functions/{id}': ref('Plugin'),
  'POST /config/uploads': ref('Upload'),
  'POST /rules/bulkstart': ref('Tags'),
  'POST /rules/bulkstop': ref('Tags'),
};

/** Calls that make something. */
const CREATED = new Set([
  'POST /streams',
  'POST /rules',
  'POST /plugins/portables',
  'POST /plugins/functions',
  'POST /config/uploads',
]);
/** Calls that answer with JSON. */
const JSON_ANSWERS = /^GET \/(streams|streamdetails|tables|rules|plugins|config)/;
const TEXT_ANSWERS = /\/(explain|cpu)$|^GET \/v2|portables\/\{id\}\/status$/;

const text = (names: readonly string[]): Schema => Object.fromEntries(names.map((name) => [name, { type: 'string' }]));

const SCHEMAS: Schema = {
  Error: {
    type: 'object',
    description: 'eKuiper’s form of an error, as text/plain.',
    required: ['error', 'message'],
    properties: { error: { type: 'integer' }, message: { type: 'string' } },
  },
  Statement: {
    type: 'object',
    required: ['sql'],
    properties: {
      sql: {
        type: 'string',
        description: 'CREATE, SHOW, DESCRIBE or DROP STREAM.',
        examples: ['CREATE STREAM camera () WITH (DATASOURCE="camera")', 'SHOW STREAMS'],
      },
    },
  },
  Rule: {
    type: 'object',
    required: ['sql', 'actions'],
    properties: {
      ...text(['name', 'version']),
      id: { type: 'string', examples: ['camera'] },
      sql: {
        type: 'string',
        description: 'SELECT … FROM … WHERE …, as docs/sql.md has it.',
        examples: ['SELECT a FROM camera WHERE a > 1'],
      },
      actions: {
        type: 'array',
        minItems: 1,
        items: { type: 'object', description: 'One of mqtt, log, nop.' },
        examples: [[{ log: {} }]],
      },
      options: { type: 'object', properties: { sendError: { type: 'boolean' } } },
      triggered: { type: 'boolean' },
      tags: { type: 'array', items: { type: 'string' } },
    },
  },
  Plugin: {
    type: 'object',
    required: ['name', 'file'],
    properties: {
      name: { type: 'string' },
      file: { type: 'string', description: 'file:///PATH below catalogue.path/uploads or a folder of rest.files.' },
    },
  },
  Upload: { type: 'object', required: ['name'], properties: text(['name', 'content', 'file']) },
  Tags: { type: 'object', properties: { tags: { type: 'array', items: { type: 'string' } } } },
};

export function createOpenApi(): unknown {
  const state = { store: { folder: '/' } } as RestState;
  const routes = createRestCalls({
    state,
    folders: [],
    figures: () => {
      throw new Error('no call is made');
    },
  });
  const refused = new Set(refusedRoutes().map(({ path }) => path));
  const paths = routes
    .filter(({ path }) => !refused.has(path))
    .map(({ path, methods }) => [
      path,
      Object.fromEntries(Object.keys(methods).map((method) => [method.toLowerCase(), operation(method, path)])),
    ]);
  return {
    openapi: '3.1.0',
    info: {
      title: 'flawline: eKuiper’s REST',
      version: '1',
      description: 'Made from the code by npm run docs. docs/rest.md says what each call does.',
    },
    servers: [{ url: 'http://127.0.0.1:9081' }],
    security: [{}, { token: [] }],
    paths: Object.fromEntries(paths),
    components: { schemas: SCHEMAS, securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
  };
}

function operation(method: string, path: string): Schema {
  const call = `${method} ${path}`;
  const body = BODIES[call];
  const type =
    path === '/data/export'
      ? 'application/octet-stream'
      : JSON_ANSWERS.test(call) && !TEXT_ANSWERS.test(call)
        ? 'application/json'
        : 'text/plain';
  const error = (description: string) => ({ description, content: { 'text/plain': { schema: { type: 'string' } } } });
  const ids = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string', minLength: 1 },
    example: 'camera',
  }));
  return {
    ...(ids.length > 0 && { parameters: ids }),
    ...(body && { requestBody: { required: true, content: { 'application/json': { schema: body } } } }),
    responses: {
      [CREATED.has(call) ? '201' : '200']: {
        description: 'Done.',
        ...(path !== '/ping' && { content: { [type]: {} } }),
      },
      '400': error('Refused: `{"error", "message"}`.'),
      '401': error('Without the token.'),
      '403': error('From a page of elsewhere.'),
      '404': error('There is nothing of this name.'),
      '413': error('Too large.'),
      '421': error('Another Host.'),
      ...(path === '/rules/validate' && { '422': error('The rule is not valid.') }),
    },
  };
}
