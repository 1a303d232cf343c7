/** Calls about plugins, in eKuiper's words: the model of a zip is taken, its functions call it. */
import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isMapping } from '../std/checks.js';
import { ServiceError } from '../std/errors.js';
import { MODELS_FOLDER } from '../store/object-store.js';
import { type Answer, json, text } from './answer.js';
import { KEPT, type RestCatalogue } from './catalogue.js';
import type { FileDoor } from './files.js';
import { GoJsonError, parseGoJson } from './go-json.js';
import { describePlugin, type Plugin, type PluginKind } from './plugin.js';
import { unpackPlugin } from './plugin-zip.js';
import { CODE, prefixed, RestError } from './rest-error.js';
import type { Call, CallHandler } from './routes.js';
import { assertOwn, type Change, type RestState, withEntry } from './state.js';

/** Behind the first line of an answer, which is eKuiper's. */
const NOT_RUN = 'Its model is used; Python, scripts and install.sh in the zip are not run.';

const NOUN: Readonly<Record<PluginKind, string>> = { portables: 'portable plugin', functions: 'functions plugin' };
const ID = /^[a-zA-Z0-9_-]{1,64}$/;
/** In front of the name of a folder while it is filled: no plugin begins so. */
const UNPACKING = 'new.';

export function createPluginCalls(state: RestState, door: FileDoor) {
  /** Folders of models that are being made. */
  const underWay = new Set<string>();
  const shown = (now: RestCatalogue) => [...now.plugins.values()].filter(({ isDeleted }) => !isDeleted);

  const find = (kind: PluginKind, name: string): Plugin => {
    const plugin = shown(state.catalogue()).find(
      (each) => each.name === name && (kind === 'portables' || each.kind === kind),
    );
    if (plugin !== undefined) return plugin;
    throw new RestError(CODE.notFound, `describe ${NOUN[kind]} ${name} error: not found`);
  };

  /** Unpacks first: what cannot be used changes nothing. */
  async function install(
    kind: PluginKind,
    given: { readonly name: string; readonly file: string },
    isReplacing: boolean,
  ): Promise<void> {
    const { name, file } = given;
    if (!ID.test(name)) throw bad(`invalid name ${name}: it must be 1 to 64 letters, digits, _ or -`);
    assertOwn(state, 'models', name);
    const isThere = () => shown(state.catalogue()).some((plugin) => plugin.name === name);
    if (!isReplacing && isThere()) throw bad(`invalid name ${name}: duplicate`);
    const path = await door.open(file);
    const folder = join(MODELS_FOLDER, `${name}-${randomBytes(4).toString('hex')}`);
    underWay.add(folder);
    const description = await unpack(path, { name, folder }).catch((error: unknown) => {
      underWay.delete(folder);
      throw error;
    });
    const former = state.catalogue().plugins.get(name)?.folder;
    try {
      await state.change((now): Change<void> => {
        if (!isReplacing && isThere()) throw bad(`invalid name ${name}: duplicate`);
        const taken = shown(now).find(
          (other) => other.name !== name && other.functions.some((each) => description.functions.includes(each)),
        );
        if (taken !== undefined)
          throw bad(
            `fail to install plugin: function ${description.functions.join(', ')} is of plugin ${taken.name} already`,
          );
        assertStillCalled(now, name, description.functions);
        const plugin: Plugin = { name, model: name, kind, file, folder, ...description };
        const next = { ...now, plugins: withEntry(now.plugins, name, plugin) };
        return { next, kept: [{ kind: KEPT.plugins, id: name, value: plugin }], answer: undefined };
      });
    } catch (error) {
      await rm(join(state.store.folder, folder), { recursive: true, force: true });
      if (error instanceof ServiceError) throw bad(`fail to install plugin: ${error.message}`);
      throw error;
    } finally {
      underWay.delete(folder);
    }
    await removeUnusedModels(state, [former, ...underWay]);
  }

  async function unpack(path: string, { name, folder }: { readonly name: string; readonly folder: string }) {
    const models = join(state.store.folder, MODELS_FOLDER);
    const beside = join(models, `${UNPACKING}${basename(folder)}`);
    await mkdir(models, { recursive: true, mode: 0o700 });
    try {
      const description = await unpackPlugin(path, { name, folder: beside });
      await syncFolder(beside);
      await rename(beside, join(state.store.folder, folder));
      await syncFolder(models);
      return description;
    } catch (error) {
      await rm(beside, { recursive: true, force: true });
      throw error instanceof RestError
        ? error
        : bad(`fail to install plugin: ${error instanceof Error ? error.message : ''}`);
    }
  }

  const create =
    (kind: PluginKind): CallHandler =>
    async ({ body }) =>
      await saying(
        kind === 'portables' ? 'portable plugin create command error: ' : 'functions plugins create command error: ',
        async () => {
          const given = pluginBody(body);
          await install(kind, given, false);
          return text(`${NOUN[kind]} ${given.name} is created\n${NOT_RUN}`, 201);
        },
      );

  const replace =
    (kind: PluginKind): CallHandler =>
    async ({ ids: [name = ''], body }) =>
      await saying(`${NOUN[kind]} update command error: `, async () => {
        const { file } = pluginBody(body);
        await install(kind, { name, file }, true);
        return text(`${NOUN[kind]} ${name} is updated\n${NOT_RUN}`);
      });

  const remove =
    (kind: PluginKind): CallHandler =>
    async ({ ids: [name = ''] }: Call): Promise<Answer> => {
      assertOwn(state, 'models', name);
      await state.change((now): Change<void> => {
        const plugin = shown(now).find((each) => each.name === name && (kind === 'portables' || each.kind === kind));
        if (plugin === undefined) throw missing(kind, name);
        const isUsed = [...now.rules.values()].some(({ spec }) => spec.model === plugin.model);
        const value: Plugin | undefined = isUsed ? { ...plugin, isDeleted: true } : undefined;
        const next = { ...now, plugins: withEntry(now.plugins, name, value) };
        return { next, kept: [{ kind: KEPT.plugins, id: name, value }], answer: undefined };
      });
      if (kind === 'portables') return text(`portable plugin ${name} is deleted`);
      return text(`functions plugin ${name} is deleted and eKuiper must restart for the change to take effect.`);
    };

  return {
    list:
      (kind: PluginKind): CallHandler =>
      () => {
        const plugins = shown(state.catalogue());
        if (kind === 'portables') return json(plugins.map(describePlugin));
        return json(plugins.filter((plugin) => plugin.kind === kind).map(({ name }) => name));
      },
    show:
      (kind: PluginKind): CallHandler =>
      ({ ids: [name = ''] }) =>
        json(describePlugin(find(kind, name))),
    status: ({ ids: [name = ''] }: Call) => {
      find('portables', name);
      return text('{"refCount":{},"status":"running","errMsg":""}');
    },
    create,
    replace,
    remove,
    listFunctions: () => json([]),
    showFunction: ({ ids: [name = ''] }: Call): Answer => {
      throw new RestError(CODE.notFound, `describe function ${name} error: not found`);
    },
  };
}

/**
 * Folders of models that no plugin names: of plugins that were replaced, and of a process that died while it unpacked.
 * @param others that are still being read, or written
 */
export async function removeUnusedModels(
  { store, catalogue }: RestState,
  others: readonly (string | undefined)[] = [],
): Promise<void> {
  const used = new Set([...others, ...[...catalogue().plugins.values()].map(({ folder }) => folder)]);
  const models = join(store.folder, MODELS_FOLDER);
  const names = await readdir(models).catch(() => []);
  for (const name of names) {
    const folder = join(MODELS_FOLDER, name.replace(UNPACKING, ''));
    if (!used.has(folder)) await rm(join(models, name), { recursive: true, force: true });
  }
}

/** Another zip under the same name must have the functions that rules call. */
function assertStillCalled(now: RestCatalogue, model: string, functions: readonly string[]): void {
  for (const { id, spec } of now.rules.values()) {
    const lost = spec.model === model ? spec.select?.functions.find((name) => !functions.includes(name)) : undefined;
    if (lost !== undefined) throw bad(`fail to install plugin: rule ${id} calls ${lost}, which the zip does not name`);
  }
}

function missing(kind: PluginKind, name: string): RestError {
  if (kind === 'portables') return bad(`delete portable plugin ${name} error: portable plugin ${name} is not found`);
  return new RestError(CODE.notFound, `delete functions plugin ${name} error: invalid name ${name}: not exist`);
}

function pluginBody(body: string): { readonly name: string; readonly file: string } {
  let given: unknown;
  try {
    given = parseGoJson(body);
  } catch (error) {
    if (error instanceof GoJsonError) throw bad(`Invalid body: Error decoding the plugin json: ${error.message}`);
    throw error;
  }
  const { name, file = '' } = isMapping(given) ? given : {};
  if (typeof name !== 'string' || name === '') throw bad('invalid name : should not be empty');
  if (typeof file !== 'string') throw bad('invalid uri: it must be a text');
  return { name, file };
}

async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  await handle.sync().finally(() => handle.close());
}

async function saying<T>(prefix: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof RestError ? prefixed(prefix, error) : error;
  }
}

function bad(message: string): RestError {
  return new RestError(CODE.undefined, message);
}
