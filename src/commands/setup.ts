/** `flawline setup [--wheel FILE] [--force] [--quiet-if-present]`: gets OpenVINO's libraries when they are not there. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { thisHost } from '../inference/host.js';
import { probeRuntime } from '../inference/probe.js';
import { createReporter, type TextStream } from '../inference/setup/reporter.js';
import { setUpRuntime } from '../inference/setup/set-up-runtime.js';

export interface SetupIo {
  /** Takes progress and the one line of result. */
  readonly stream: NodeJS.WriteStream | TextStream;
  readonly env: NodeJS.ProcessEnv;
  readonly packageRoot: string;
  /** `openvino.dir`, when it is configured. */
  readonly dir?: string;
}

/** A first load from a cold disk takes seconds; a hung one must end. */
const PROBE_TIMEOUT_MS = 60_000;

/**
 * Downloads nothing when a runtime is there; tries what it has put in place before it says that it is done.
 * @throws {TypeError} for unknown arguments
 * @throws {ServiceError} ERR_RUNTIME_MISSING or ERR_RUNTIME_LOAD with what to do
 */
export async function runSetup(args: readonly string[], io: SetupIo): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      wheel: { type: 'string' },
      force: { type: 'boolean', default: false },
      'quiet-if-present': { type: 'boolean', default: false },
    },
  });
  const { env, packageRoot } = io;
  const reporter = createReporter(io.stream);
  const { outcome, place } = await setUpRuntime({
    packageRoot,
    env,
    host: thisHost(),
    ...(io.dir === undefined ? {} : { dir: io.dir }),
    ...(values.wheel === undefined ? {} : { wheel: resolve(values.wheel) }),
    force: values.force,
    reporter,
  });
  if (outcome === 'filled' && place.library !== undefined) {
    const choice = { name: 'openvino-capi', library: place.library } as const;
    const { version, devices } = await probeRuntime(choice, { timeoutMs: PROBE_TIMEOUT_MS });
    reporter.line(`it works: ${version}, devices ${devices.join(', ')}`);
  } else if (!values['quiet-if-present']) {
    reporter.line(`OpenVINO is there already, in the ${place.kind}: ${place.library ?? place.path}`);
  }
}
