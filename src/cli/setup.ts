import { resolve } from 'node:path';
import { foreignHost, thisHost } from '../engine/host.js';
import { probeRuntime } from '../engine/probe.js';
import { engineAt, isTried, markTried } from '../setup/find-runtime.js';
import { createReporter } from '../setup/reporter.js';
import type { Place } from '../setup/runtime-locations.js';
import { setUpRuntime } from '../setup/set-up-runtime.js';
import { defined } from '../std/defined.js';
import { ServiceError } from '../std/errors.js';
import { packageRoot } from '../std/package-root.js';
import { defineCommand } from './command.js';
import { loadCommandConfig } from './load.js';
import { flag, oneOf, text } from './options.js';

/** A first load from a cold disk takes seconds; a hung one must end. */
const PROBE_TIMEOUT_MS = 60_000;

export const setup = defineCommand({
  summary: "Gets OpenVINO's libraries when they are not there, and tries them.",
  about: ['Downloads nothing when a runtime is found in any of the places that doctor shows.'],
  options: {
    wheel: text('FILE', 'unpacks this file of the openvino package instead of downloading it'),
    arch: oneOf(
      ['x64', 'arm64'],
      'fills the folder for that architecture, on whatever machine; what is in it then is not tried',
    ),
    force: flag("fills the project's own folder although a runtime is there"),
    'quiet-if-present': flag('says nothing when there is nothing to do'),
  },
  examples: ['setup', 'setup --wheel openvino.whl'],
  async run(values, _positionals, io) {
    const { openvino, engine, limits } = loadCommandConfig(values, io).config;
    const { dir } = openvino;
    const { wheel, arch } = values;
    const host = thisHost();
    const isForeign = arch !== undefined && arch !== host.arch;
    const reporter = createReporter(io.terminal ?? { write: io.stderr });
    const work = setUpRuntime({
      packageRoot,
      env: io.env,
      host: isForeign ? foreignHost(arch) : host,
      engine,
      isForeign,
      reporter,
      force: values.force,
      ...defined({ dir }),
      signal: io.signal,
      ...(wheel === undefined ? {} : { wheel: resolve(io.cwd, wheel) }),
    });
    const result = await work.catch((error: unknown) => {
      if (!io.signal.aborted) throw error;
      reporter.line('interrupted: nothing was changed');
    });
    if (result === undefined) return 1;
    const { outcome, place } = result;
    if (isForeign) {
      reporter.line(`it was not tried, as it is for ${arch} and this machine is ${host.arch}`);
      return 0;
    }
    const isKnown = outcome === 'present' && isTried(packageRoot, place);
    if (!isKnown) {
      const timeoutMs = PROBE_TIMEOUT_MS * limits.startTimeoutFactor;
      const { version, devices } = await probeRuntime(engineAt(place, engine), { timeoutMs }).catch(
        (error: unknown) => {
          throw outcome === 'present' ? withWayOut(error, place) : error;
        },
      );
      markTried(packageRoot, place);
      reporter.line(`it works: ${version}, devices ${devices.join(', ')}`);
    }
    if (outcome === 'present' && !values['quiet-if-present']) {
      reporter.line(`OpenVINO is there already, in the ${place.kind}: ${place.library ?? place.path}`);
    }
    return 0;
  },
});

/** A runtime that was found and does not work stays in the way until another goes before it. */
function withWayOut(error: unknown, { kind }: Place): unknown {
  if (!(error instanceof ServiceError)) return error;
  const { code, message, details } = error;
  const advice =
    kind === 'openvino.dir'
      ? 'Correct openvino.dir, or remove it'
      : 'Fill the own folder, which goes first: setup --force';
  return new ServiceError(code, `${message}. ${advice}`, { cause: error, details });
}
