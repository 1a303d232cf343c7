/** A service with REST, an empty catalogue and the zip of a plugin at hand. */
import { readFileSync } from 'node:fs';
import { modelWithoutSelfTest } from '../engine/test-model.js';
import { makeTemporaryFolder, type TemporaryFolder } from '../temporary-folder.js';
import { type Answer, ask } from './http-client.js';
import { pluginZip } from './plugin-zip.js';
import { startTestService, type TestService, type TestServiceOptions } from './service.js';

export interface RestService extends AsyncDisposable {
  readonly service: TestService;
  /** catalogue.path is `kept` in it, rest.files is the folder itself; `defect.zip` is there. */
  readonly folder: TemporaryFolder;
  call(
    method: string,
    path: string,
    body?: string | object,
  ): Promise<{ readonly status: number; readonly text: string; readonly answer: Answer }>;
}

export async function startRestService(options: TestServiceOptions): Promise<RestService> {
  const folder = await makeTemporaryFolder();
  await folder.write('defect.zip', await pluginZip({ model: await modelWithoutSelfTest() }));
  const service = await startTestService({ ...options, env: { ...restEnv(folder), ...options.env } });
  return {
    service,
    folder,
    call: (method, path, body) => call(service.service.restUrl ?? '', { method, path, body }),
    async [Symbol.asyncDispose]() {
      await service[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

function restEnv({ path }: Pick<TemporaryFolder, 'path'>): Readonly<Record<string, string>> {
  return {
    FLAWLINE_MODEL_PATH: '',
    FLAWLINE_REST_ENABLED: 'true',
    FLAWLINE_REST_PORT: '0',
    FLAWLINE_REST_FILES: path,
    FLAWLINE_CATALOGUE_PATH: `${path}/kept`,
  };
}

export async function call(
  url: string,
  {
    method,
    path,
    body,
  }: { readonly method: string; readonly path: string; readonly body?: string | object | undefined },
): Promise<{ readonly status: number; readonly text: string; readonly answer: Answer }> {
  const sent = typeof body === 'object' ? JSON.stringify(body) : body;
  const headers = { 'content-type': 'application/json' };
  const answer = await ask(new URL(path, url).href, { method, headers, ...(sent === undefined ? {} : { body: sent }) });
  return { status: answer.status, text: answer.body.toString('utf8').replace(/\n$/, ''), answer };
}

/** One exchange of test/vectors/ekuiper/rest.json. */
export interface Exchange {
  readonly section: string;
  readonly method: string;
  readonly path: string;
  readonly body?: string;
  readonly status: number;
  readonly type?: string;
  readonly answer: string;
  /** Absent: our answer is the same. `figures`: the same keys, but for what is measured. `paths`: but for where things lie. */
  readonly compare?: 'figures' | 'paths' | 'different';
  /** Why it is different on purpose. */
  readonly why?: string;
  readonly here?: { readonly status: number; readonly answer: string };
}

export function loadExchanges(): readonly Exchange[] {
  const file = new URL('../../../../test/vectors/ekuiper/rest.json', import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')) as Exchange[];
}
