/**
 * Where OpenVINO's libraries are: five kinds of places in a fixed order, of which the first that has what an engine
 * needs is taken. Nothing is loaded here.
 */

import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EngineChoice, EngineSetting } from '../engine/engine.js';
import { type Host, supportedArchitecture } from '../engine/host.js';
import { ServiceError } from '../std/errors.js';
import { NODE_PACKAGE_VERSION } from './pins.js';
import {
  configuredPlace,
  nodePackagePlace,
  ownFolder,
  ownPlace,
  type Place,
  pythonPlaces,
  systemPlaces,
} from './runtime-locations.js';

export interface RuntimeSearchOptions {
  /** `openvino.dir`: when given, no other place is looked at. */
  readonly dir?: string;
  /** The folder of our package.json. */
  readonly packageRoot: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly host: Host;
  /** `all` looks on after a library was found, for a report; `first` spares the slow places then. */
  readonly extent: 'first' | 'all';
}

export interface RuntimeSearch {
  /** Every place looked at, in order. */
  readonly places: readonly Place[];
  /** What to type to get a runtime. */
  readonly setupCommand: string;
}

/** @throws {ServiceError} ERR_RUNTIME_MISSING on a platform that OpenVINO's packages do not exist for */
export function findRuntime(options: RuntimeSearchOptions): RuntimeSearch {
  const { dir, packageRoot, env, host, extent } = options;
  supportedArchitecture(host);
  const setupCommand = packageRoot.split('/').includes('node_modules') ? 'npx flawline setup' : 'npm run setup';
  if (dir !== undefined) return { places: [configuredPlace(dir)], setupCommand };
  // The own folder was checked by its hash when it was filled; the package's archive may be half unpacked.
  const places = [ownPlace(packageRoot), nodePackagePlace(packageRoot)];
  for (const slow of [() => pythonPlaces(env), () => systemPlaces(env)]) {
    if (extent === 'all' || places.every(({ library }) => library === undefined)) places.push(...slow());
  }
  return { places, setupCommand };
}

/** The place that an engine would be taken from; undefined when none has what it needs. */
export function placeFor(engine: EngineSetting, { places }: RuntimeSearch): Place | undefined {
  const withLibrary = engine === 'openvino-node' ? undefined : places.find(({ library }) => library !== undefined);
  if (withLibrary !== undefined || engine === 'openvino-capi') return withLibrary;
  return places.find(({ nodeAddon }) => nodeAddon);
}

/** For the engine that could not be had, with the command that would help. */
export function missingRuntime(engine: EngineSetting, { places, setupCommand }: RuntimeSearch): ServiceError {
  const looked = places.map(({ path, verdict }) => `${path} (${verdict})`).join('; ');
  const what = engine === 'openvino-node' ? 'the npm package openvino-node with its native part' : 'libopenvino_c';
  const configured = places.find(({ kind }) => kind === 'openvino.dir');
  const advice =
    configured !== undefined
      ? `Correct openvino.dir, or remove it and run: ${setupCommand}`
      : engine === 'openvino-node'
        ? nodePackageAdvice(places)
        : `Run: ${setupCommand}`;
  return new ServiceError(
    'ERR_RUNTIME_MISSING',
    `Cannot find an OpenVINO runtime as ${what} must be in one of the known places: looked in ${looked}. ${advice}`,
    { details: { engine, command: setupCommand } },
  );
}

/** npm says nothing when the package's own download fails; with these commands it does. */
function nodePackageAdvice(places: readonly Place[]): string {
  const command = places.some(({ isHalfInstalled }) => isHalfInstalled)
    ? 'npm rebuild openvino-node'
    : `npm install --no-save --foreground-scripts openvino-node@${NODE_PACKAGE_VERSION}`;
  return `Set engine to auto, or get it with Node 21 or newer: ${command}`;
}

/**
 * The C API goes first: it alone shares one compiled model between the workers (docs/adr/0002-two-engines.md).
 * @throws {ServiceError} ERR_RUNTIME_MISSING when what the engine needs was not found
 */
export function chooseEngine(engine: EngineSetting, search: RuntimeSearch): EngineChoice {
  const place = placeFor(engine, search);
  if (place === undefined) throw missingRuntime(engine, search);
  return engineAt(place, engine);
}

/** The engine that takes its runtime from a place. */
export function engineAt({ library }: Place, engine: EngineSetting): EngineChoice {
  return library !== undefined && engine !== 'openvino-node'
    ? { name: 'openvino-capi', library }
    : { name: 'openvino-node' };
}

// Which runtime was seen to work, so that a set-up need not try it at each start.

const FILE = 'tried.json';

/** True when this very file was tried and worked. */
export function isTried(packageRoot: string, place: Place): boolean {
  try {
    return readFileSync(join(ownFolder(packageRoot), FILE), 'utf8') === markOf(place);
  } catch {
    return false; // never tried, or it is gone
  }
}

/** Where it cannot be written, as in a read-only image, the next set-up tries again. */
export function markTried(packageRoot: string, place: Place): void {
  try {
    writeFileSync(join(ownFolder(packageRoot), FILE), markOf(place));
  } catch {}
}

function markOf({ library, path }: Place): string {
  const file = library ?? path;
  const { size, mtimeMs } = statSync(file);
  return JSON.stringify({ file, size, mtimeMs });
}
