/** Which real engines this machine has. */
import { fileURLToPath } from 'node:url';
import { chooseEngine } from '../../src/inference/create-engine.js';
import type { EngineChoice } from '../../src/inference/engine.js';
import { thisHost } from '../../src/inference/host.js';
import { findRuntime } from '../../src/inference/runtime.js';

/** The folder of package.json, seen from build/test/support. */
export const PACKAGE_ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** The engine, or why it is not here. */
export function engineHere(name: 'openvino-capi' | 'openvino-node'): EngineChoice | string {
  try {
    const search = findRuntime({ packageRoot: PACKAGE_ROOT, env: process.env, host: thisHost(), extent: 'first' });
    return chooseEngine(name, search);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
