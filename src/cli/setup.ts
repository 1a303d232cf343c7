import { resolve } from 'node:path';
import { thisHost } from '../engine/host.js';
import { probeRuntime } from '../engine/probe.js';
import { createReporter } from '../setup/reporter.js';
import { setUpRuntime } from '../setup/set-up-runtime.js';
import { defined } from '../std/defined.js';
import { packageRoot } from '../std/package-root.js';
import { defineCommand } from './command.js';
import { loadCommandConfig } from './load.js';
import { flag, text } from './options.js';

/** A first load from a cold disk takes seconds; a hung one must end. */
const PROBE_TIMEOUT_MS = 60_000;

export const setup = defineCommand({
  summary: "Gets OpenVINO's libraries when they are not there, and tries them.",
  about: ['Downloads nothing when a runtime is found in any of the places that doctor shows.'],
  options: {
    wheel: text('FILE', 'unpacks this file of the openvino package instead of downloading it'),
    force: flag("fills the project's own folder although a runtime is there"),
    'quiet-if-present': flag('says nothing when there is nothing to do'),
  },
  examples: ['setup', 'setup --wheel openvino.whl'],
  async run(values, _positionals, io) {
    const { dir } = loadCommandConfig(values, io).config.openvino;
    const { wheel } = values;
    const reporter = createReporter(io.terminal ?? { write: io.stderr });
    const work = setUpRuntime({
      packageRoot,
      env: io.env,
      host: thisHost(),
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
    if (outcome === 'filled' && place.library !== undefined) {
      const choice = { name: 'openvino-capi', library: place.library } as const;
      const { version, devices } = await probeRuntime(choice, { timeoutMs: PROBE_TIMEOUT_MS });
      reporter.line(`it works: ${version}, devices ${devices.join(', ')}`);
    } else if (!values['quiet-if-present']) {
      reporter.line(`OpenVINO is there already, in the ${place.kind}: ${place.library ?? place.path}`);
    }
    return 0;
  },
});
