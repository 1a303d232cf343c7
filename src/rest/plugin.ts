/** A plugin as REST knows it: the model of a zip, by the names of its functions. */
import type { ModelEntry } from '../catalogue/catalogue.js';
import { SCHEMA } from '../config/schema.js';

export const PLUGIN_KINDS = ['portables', 'functions'] as const;
export type PluginKind = (typeof PLUGIN_KINDS)[number];

export interface Plugin {
  readonly name: string;
  /** Id of the model that it stands for. */
  readonly model: string;
  /** By which path it was installed. */
  readonly kind: PluginKind;
  readonly version: string;
  readonly language: string;
  /** What eKuiper would run. */
  readonly executable: string;
  readonly functions: readonly string[];
  /** As the call named it. */
  readonly file: string;
  /** Folder of its model, relative to catalogue.path; absent: it is a model of the configuration. */
  readonly folder?: string;
  /** It was deleted while rules used it: they keep the model, and nobody else sees it. */
  readonly isDeleted?: true;
}

/** @param folder absolute path of its model */
export function modelOf({ model }: Plugin, folder: string): ModelEntry {
  const { device, precision, selfTestIntervalSeconds } = SCHEMA.model;
  return {
    id: model,
    path: folder,
    device: device.default,
    precision: precision.default,
    selfTestIntervalSeconds: selfTestIntervalSeconds.default,
    settings: {},
  };
}

/** A model of the configuration: a function of its name calls it. */
export function pluginOf({ id, path }: ModelEntry): Plugin {
  return {
    name: id,
    model: id,
    kind: 'portables',
    version: '',
    language: 'none',
    executable: '',
    functions: [id],
    file: path ?? '',
  };
}

/** As eKuiper describes it. */
export function describePlugin({ name, version, language, executable, functions }: Plugin): unknown {
  return { name, version, language, executable, sources: [], sinks: [], functions };
}
