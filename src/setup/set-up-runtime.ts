/** Fills the project's own folder with OpenVINO's libraries when no other place has them. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { EngineSetting } from '../engine/engine.js';
import { type Architecture, type Host, supportedArchitecture } from '../engine/host.js';
import { messageOf, ServiceError } from '../std/errors.js';
import { aborted } from '../std/promises.js';
import { findRuntime, missingRuntime, placeFor, type RuntimeSearch } from './find-runtime.js';
import { NEEDED_BYTES, PACKAGE, VERSION, WHEELS, type WheelPin } from './pins.js';
import { downloadByPip } from './pip.js';
import type { SetupReporter } from './reporter.js';
import { ownFolder, type Place } from './runtime-locations.js';
import { checkWheel, isWhole, unpackWheel } from './unpack-wheel.js';

export interface SetUpOptions {
  readonly packageRoot: string;
  readonly env: NodeJS.ProcessEnv;
  readonly host: Host;
  /** What the runtime is for; absent: `auto`. */
  readonly engine?: EngineSetting;
  /** The host is another machine than this one: what is found here is not for it. */
  readonly isForeign?: boolean;
  /** `openvino.dir`. */
  readonly dir?: string;
  /** A wheel that was downloaded elsewhere. */
  readonly wheel?: string;
  /** Fill the own folder even if a runtime is there. */
  readonly force: boolean;
  readonly reporter: SetupReporter;
  /** When it aborts the set-up ends at once and leaves nothing behind. */
  readonly signal?: AbortSignal;
  /** Tests have smaller ones. */
  readonly wheels?: Readonly<Record<Architecture, WheelPin>>;
}

export interface SetUpResult {
  readonly outcome: 'present' | 'filled';
  /** What the service will take. */
  readonly place: Place;
}

const STAGING = '.staging-';
/** Where a person finds the wheel. */
const FILES_PAGE = `https://pypi.org/project/${PACKAGE}/${VERSION}/#files`;

/**
 * Puts the libraries in place as one folder by one rename, so that a set-up cut short leaves nothing half done.
 * @throws {ServiceError} ERR_RUNTIME_MISSING with what to do: on an unsupported platform, without network or space,
 * for a wheel with a wrong hash
 */
export async function setUpRuntime(options: SetUpOptions): Promise<SetUpResult> {
  const { packageRoot, host, force, wheel, reporter, engine = 'auto', isForeign = false } = options;
  const pin = (options.wheels ?? WHEELS)[supportedArchitecture(host)];
  const target = join(ownFolder(packageRoot), `${PACKAGE}-${VERSION}`);
  const search = findRuntime({ ...options, extent: 'first' });
  const present = placeFor(engine, search);
  const isBroken = present?.kind === 'own folder' && existsSync(target) && !(await isWhole(target));
  const isAsked = force || isForeign || wheel !== undefined;
  if (present !== undefined && !isAsked && !isBroken) return { outcome: 'present', place: present };
  // Neither is filled here: the folder is the user's, the package is npm's.
  const isElsewhere = options.dir !== undefined || engine === 'openvino-node';
  if (isElsewhere && present === undefined) throw missingRuntime(engine, search);

  requireGlibc(pin, host);
  await fill(target, pin, options).catch((error: unknown) => {
    throw explain(error, pin, search);
  });
  const place = placeFor(engine, findRuntime({ ...options, extent: 'first' }));
  if (place === undefined) throw missingRuntime(engine, search);
  reporter.line(`OpenVINO ${VERSION} is in ${target}`);
  return { outcome: 'filled', place };
}

async function fill(target: string, pin: WheelPin, options: SetUpOptions): Promise<void> {
  const { packageRoot, wheel, reporter, signal } = options;
  const own = ownFolder(packageRoot);
  await mkdir(own, { recursive: true });
  await sweep(own);
  await requireSpace(own);
  const staging = join(own, `${STAGING}${process.pid}`);
  const [fetched, unpacked, replaced] = [join(staging, 'wheel'), join(staging, 'new'), join(staging, 'old')];
  const getLibraries = async (): Promise<void> => {
    if (wheel !== undefined) await checkWheel(wheel, pin);
    const path = wheel ?? (await download(pin, fetched, options));
    await unpackWheel(path, pin, unpacked, reporter);
  };
  try {
    await mkdir(fetched, { recursive: true });
    await mkdir(unpacked);
    signal?.throwIfAborted();
    const work = getLibraries(); // makes no folder, so that nothing comes back once the staging folder is removed
    work.catch(() => undefined); // what it says after the set-up was aborted is of no use
    await Promise.race([work, ...(signal === undefined ? [] : [aborted(signal)])]);
    signal?.throwIfAborted();
    if (existsSync(target)) await rename(target, replaced);
    await rename(unpacked, target);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** A checked wheel by the first way that gives one. @throws {Error} with what each way said, when none does */
async function download(
  pin: WheelPin,
  folder: string,
  { env, reporter, signal }: Pick<SetUpOptions, 'env' | 'reporter' | 'signal'>,
): Promise<string> {
  const failures: string[] = [];
  reporter.line(`getting ${pin.fileName}: with pip if it is here, else without`);
  // Loaded only where pip gives none: an HTTP client takes a quarter of a second.
  const downloadByNode = async () => (await import('./package-index.js')).downloadByNode(pin, folder, env, reporter);
  for (const way of [() => downloadByPip(pin, folder, { env, reporter, signal }), downloadByNode]) {
    try {
      const path = await way();
      await checkWheel(path, pin);
      return path;
    } catch (error) {
      signal?.throwIfAborted();
      failures.push(messageOf(error));
    }
  }
  throw new Error(failures.join('; then: '));
}

/** Removes what set-ups that were killed left behind. */
async function sweep(own: string): Promise<void> {
  for (const name of await readdir(own)) {
    if (!name.startsWith(STAGING)) continue;
    const pid = Number(name.slice(STAGING.length));
    if (pid === process.pid || !isAlive(pid)) await rm(join(own, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function requireSpace(folder: string): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize >= NEEDED_BYTES) return;
  throw new Error(
    `${NEEDED_BYTES / 2 ** 20} MiB must be free in ${folder}: ${Math.floor((bavail * bsize) / 2 ** 20)} MiB are`,
  );
}

function requireGlibc(pin: WheelPin, { glibcVersion = '0' }: Host): void {
  if (glibcVersion.localeCompare(pin.glibc, 'en', { numeric: true }) >= 0) return;
  throw new ServiceError(
    'ERR_RUNTIME_MISSING',
    `Cannot set up OpenVINO ${VERSION} as it needs glibc >= ${pin.glibc}: this system has ${glibcVersion}. ` +
      'Point openvino.dir at a release for this system',
  );
}

/** Every reason ends in what a person can do. */
function explain(error: unknown, pin: WheelPin, { setupCommand }: RuntimeSearch): ServiceError {
  const reason = messageOf(error);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return new ServiceError(
    'ERR_RUNTIME_MISSING',
    `Cannot set up OpenVINO ${VERSION}: ${reason}. ${advice(code, pin, setupCommand)}`,
    {
      cause: error,
      details: { wheel: pin.fileName, sha256: pin.sha256 },
    },
  );
}

function advice(code: string, { fileName, pipTags }: WheelPin, setupCommand: string): string {
  if (code === 'ENOSPC') return `Free ${NEEDED_BYTES / 2 ** 20} MiB there and run again: ${setupCommand}`;
  if (['EACCES', 'EPERM', 'EROFS'].includes(code)) {
    return 'Run it as a user who may write there, or point openvino.dir at an OpenVINO that is elsewhere';
  }
  const command = setupCommand.startsWith('npm run') ? 'node bin/flawline.js setup' : setupCommand;
  const pip = `pip download --no-deps --only-binary=:all: --python-version ${pipTags.pythonVersion} --abi ${pipTags.abi} --platform ${pipTags.platform} ${PACKAGE}==${VERSION}`;
  return `If this machine has no way to a package index, get ${fileName} on another one, in a browser from ${FILES_PAGE} or by pip (${pip}), bring it here and run: ${command} --wheel FILE`;
}
