/** Which real engines this machine has. */
import { fileURLToPath } from 'node:url';
import type { EngineChoice } from '../../../src/engine/engine.js';
import { thisHost } from '../../../src/engine/host.js';
import { chooseEngine, findRuntime } from '../../../src/setup/find-runtime.js';

/** The folder of package.json, seen from build/test/support. */
export const PACKAGE_ROOT = fileURLToPath(new URL('../../../..', import.meta.url));

/** The engine, or why it is not here. */
export function engineHere(name: 'openvino-capi' | 'openvino-node'): EngineChoice | string {
  try {
    const search = findRuntime({ packageRoot: PACKAGE_ROOT, env: process.env, host: thisHost(), extent: 'first' });
    return chooseEngine(name, search);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
