/** All calls, each at its path. */
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { version } from '../std/package-root.js';
import { type Answer, text } from './answer.js';
import { UPLOADS_FOLDER } from './catalogue.js';
import { createFileDoor } from './files.js';
import { createPluginCalls } from './plugin-calls.js';
import { EMPTY, NO_CPU_USAGE, NO_TABLES, type RestRoute, refusedRoutes } from './routes.js';
import { createRuleCalls, type RuleCallParts } from './rule-calls.js';
import { shownJson } from './rule-definition.js';
import type { RestState } from './state.js';
import { createStreamCalls } from './stream-calls.js';
import { createUploadCalls } from './upload-calls.js';

export interface RestCallParts extends RuleCallParts {
  /** Absolute paths of the folders of rest.files. */
  readonly folders: readonly string[];
}

export function createRestCalls(parts: RestCallParts): readonly RestRoute[] {
  const { state, folders } = parts;
  const uploads = join(state.store.folder, UPLOADS_FOLDER);
  const door = createFileDoor([uploads, ...folders]);
  const streams = createStreamCalls(state);
  const rules = createRuleCalls(parts);
  const plugins = createPluginCalls(state, door);
  const files = createUploadCalls(uploads, door);
  const pluginRoutes = (['portables', 'functions'] as const).flatMap((kind): readonly RestRoute[] => [
    { path: `/plugins/${kind}`, methods: { GET: plugins.list(kind), POST: plugins.create(kind) } },
    {
      path: `/plugins/${kind}/{id}`,
      methods: { GET: plugins.show(kind), PUT: plugins.replace(kind), DELETE: plugins.remove(kind) },
    },
  ]);
  return [
    { path: '/', methods: { GET: about, POST: about } },
    { path: '/ping', methods: { GET: () => EMPTY } },
    { path: '/streams', methods: { GET: streams.list, POST: streams.run } },
    { path: '/streamdetails', methods: { GET: streams.details } },
    { path: '/streams/{id}', methods: { GET: streams.show, PUT: streams.replace, DELETE: streams.remove } },
    { path: '/streams/{id}/schema', methods: { GET: streams.schema } },
    { path: '/tables', methods: { GET: NO_TABLES } },
    { path: '/rules', methods: { GET: rules.list, POST: rules.create } },
    { path: '/rules/validate', methods: { POST: rules.validate } },
    { path: '/rules/bulkstop', methods: { POST: rules.bulk('stop') } },
    { path: '/rules/bulkstart', methods: { POST: rules.bulk('start') } },
    { path: '/rules/status/all', methods: { GET: rules.statusOfAll } },
    { path: '/rules/usage/cpu', methods: { GET: NO_CPU_USAGE } },
    { path: '/rules/{id}', methods: { GET: rules.show, PUT: rules.replace, DELETE: rules.remove } },
    { path: '/rules/{id}/start', methods: { POST: rules.start } },
    { path: '/rules/{id}/stop', methods: { POST: rules.stop } },
    { path: '/rules/{id}/restart', methods: { POST: rules.restart } },
    { path: '/rules/{id}/status', methods: { GET: rules.status } },
    { path: '/v2/rules/{id}/status', methods: { GET: rules.statusOfV2 } },
    { path: '/rules/{id}/topo', methods: { GET: rules.topo } },
    { path: '/rules/{id}/explain', methods: { GET: rules.explain } },
    { path: '/rules/{id}/schema', methods: { GET: rules.schema } },
    ...pluginRoutes,
    { path: '/plugins/portables/{id}/status', methods: { GET: plugins.status } },
    { path: '/plugins/udfs', methods: { GET: plugins.listFunctions } },
    { path: '/plugins/udfs/{id}', methods: { GET: plugins.showFunction } },
    { path: '/config/uploads', methods: { GET: files.list, POST: files.create }, readsBody: true },
    { path: '/config/uploads/{id}', methods: { DELETE: files.remove } },
    { path: '/data/export', methods: { GET: () => exported(state) } },
    ...refusedRoutes(),
  ];
}

function about(): Answer {
  const { arch, platform } = process;
  const { user, system } = process.cpuUsage();
  return text(
    JSON.stringify({
      version: `flawline ${version}`,
      os: platform,
      arch: arch === 'x64' ? 'amd64' : arch,
      upTimeSeconds: Math.round(process.uptime()),
      cpuUsage: `${((user + system) / 1e4 / process.uptime()).toFixed(2)}%`,
      memoryUsed: String(process.memoryUsage.rss()),
      memoryTotal: String(totalmem()),
    }),
  );
}

/** eKuiper's export, without passwords. */
function exported(state: RestState): Answer {
  const { streams, rules, plugins } = state.catalogue();
  const own = <T>(kind: 'streams' | 'models', map: ReadonlyMap<string, T>) =>
    [...map].filter(([id]) => !state.isOfFile(kind, id));
  const body = {
    streams: Object.fromEntries(own('streams', streams).map(([id, { sql }]) => [id, sql])),
    tables: {},
    rules: Object.fromEntries([...rules.values()].map(({ id, json }) => [id, shownJson(json)])),
    nativePlugins: {},
    portablePlugins: Object.fromEntries(
      own('models', plugins)
        .filter(([, { isDeleted }]) => !isDeleted)
        .map(([name, { file }]) => [name, JSON.stringify({ name, file })]),
    ),
    sourceConfig: {},
    sinkConfig: {},
    connectionConfig: {},
    Service: {},
    Schema: {},
    uploads: {},
    scripts: {},
  };
  return {
    status: 200,
    type: 'application/octet-stream',
    body: JSON.stringify(body).replace(/[<>&]/g, (mark) => `\\u00${mark.charCodeAt(0).toString(16)}`),
    headers: { 'Content-Disposition': 'Attachment' },
  };
}
