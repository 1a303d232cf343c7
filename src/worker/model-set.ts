/** All models that one worker inspects with, on one engine. Models and rules come and go between two pictures. */
import { createEngine } from '../engine/create-engine.js';
import type { EngineChoice } from '../engine/engine.js';
import type { PayloadMemory } from '../payload/join-parts.js';
import { collectGarbage } from '../std/libc.js';
import { type InspectorUnit, openInspector } from './open-inspector.js';
import type { Change, ModelHandle } from './protocol/worker.js';

export interface ModelSet {
  /** Opens the model and has it pass its self-test. @throws {ServiceError} and the model is not there then */
  addModel(model: ModelHandle): Promise<void>;
  /** @throws {ServiceError} and nothing is changed then */
  change(change: Change): Promise<void>;
  /** @param key absent: the only model */
  unitOf(key: string | undefined): InspectorUnit;
  close(): void;
}

/** @throws {ServiceError} ERR_RUNTIME_LOAD */
export async function openModelSet(choice: EngineChoice, resultMemory?: PayloadMemory): Promise<ModelSet> {
  const engine = await createEngine(choice);
  const units = new Map<string, InspectorUnit>();

  async function addModel({ setup, shared }: ModelHandle): Promise<void> {
    const unit = await openInspector(setup, { engine, shared, ...(resultMemory && { resultMemory }) });
    try {
      await unit.selfTest();
    } catch (error) {
      unit.close();
      throw error;
    }
    units.set(setup.key, unit);
  }

  function unitOf(key: string | undefined): InspectorUnit {
    const unit = key === undefined ? units.values().next().value : units.get(key);
    if (unit === undefined) throw new Error(`there is no model ${key ?? ''}`);
    return unit;
  }

  return {
    addModel,
    unitOf,
    async change(change) {
      switch (change.type) {
        case 'add-model':
          return await addModel(change.model);
        case 'remove-model':
          units.get(change.key)?.close();
          units.delete(change.key);
          collectGarbage(); // its buffers, megabytes of them
          return;
        case 'drop-latency-mode':
          return units.get(change.key)?.disableLatencyMode();
        case 'add-rules':
          return await unitOf(change.key).addRules(change.rules);
        case 'drop-rules':
          return unitOf(change.key).dropRules(change.rules);
      }
    },
    close() {
      for (const unit of units.values()) unit.close();
      engine.close();
    },
  };
}
