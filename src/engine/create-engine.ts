/** From a choice to an engine. By dynamic import, so that only the chosen native library is loaded. */
import { ServiceError } from '../std/errors.js';
import type { Engine, EngineChoice } from './engine.js';

type EngineFactory = (choice: EngineChoice) => Engine | Promise<Engine>;

/** @throws {ServiceError} ERR_RUNTIME_LOAD when the library does not load */
export async function createEngine(choice: EngineChoice): Promise<Engine> {
  const factory = await factoryOf(choice);
  return factory(choice);
}

/** Loads the code of an engine that will be wanted, not yet the library; a fault is told when it is. */
export async function loadEngine(choice: EngineChoice): Promise<void> {
  await factoryOf(choice).catch(() => undefined);
}

async function factoryOf({ name, module }: EngineChoice): Promise<EngineFactory> {
  if (module !== undefined) {
    const plugged: { readonly createEngine: EngineFactory } = await import(module);
    return plugged.createEngine;
  }
  switch (name) {
    case 'openvino-capi':
      return (await import('./openvino-capi/engine.js')).createCapiEngine;
    case 'openvino-node':
      return (await import('./openvino-node/engine.js')).createNodeEngine;
    case 'fake':
      throw new ServiceError('ERR_RUNTIME_LOAD', 'Cannot create the engine "fake" as tests must give its module: none');
  }
}
