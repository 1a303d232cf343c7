/** WorkerSetup → everything that inspects pictures in this thread. Also used without threads, by `infer` and `model check`. */

import { type RuleSpec, ruleKey } from '../domain/rule.js';
import { createEngine } from '../engine/create-engine.js';
import type { CompiledModel, Engine, InferenceMode, InferRequest, SharedModel } from '../engine/engine.js';
import { sizeOf } from '../engine/ports.js';
import { createCodec } from '../imaging/create-codec.js';
import { planTask } from '../model/task-plan.js';
import type { PayloadMemory } from '../payload/join-parts.js';
import { defined } from '../std/defined.js';
import { createPixelOps } from '../vision/kernels/simd-pixel-ops.js';
import { createInspector, type Inspector } from './inspect.js';
import { createTask } from './postprocess/create-task.js';
import type { TaskReader } from './postprocess/task-reader.js';
import { createInputWriter, planesOf, shrinkOf } from './preprocess.js';
import type { CountedMasks } from './protocol/one-shot.js';
import type { WorkerSetup } from './protocol/worker.js';
import { type CompiledRule, compileRules, loadCompileSelect } from './rule.js';
import { assertSteady, selfTest } from './self-test.js';

export interface InspectorUnit {
  readonly inspector: Inspector;
  /**
   * Rules that pictures may be judged by from now on, beside those of the setup.
   * @throws {ServiceError} ERR_CONFIG as compileRules; none is added then
   */
  addRules(rules: readonly RuleSpec[]): Promise<void>;
  /** @param keys of rules that no picture will be judged by any more */
  dropRules(keys: readonly string[]): void;
  readonly model: CompiledModel;
  readonly request: InferRequest;
  /** What the model is asked for, which outputs are read, and how. */
  readonly task: TaskReader;
  /** Every mode that it infers. Resolves as `selfTest`. @throws {ServiceError} ERR_SELF_TEST */
  selfTest(): Promise<CountedMasks | undefined>;
  /**
   * From now on pictures may be inferred in latency mode, by this compilation of the same model.
   * @throws {ServiceError} ERR_SELF_TEST, ERR_MODEL_LOAD; it is not used then
   */
  enableLatencyMode(shared: SharedModel): Promise<void>;
  /** From now on no picture is; nothing is kept of that compilation. */
  disableLatencyMode(): void;
  close(): void;
}

/** What threads of this process share; what is absent is made here. */
interface SharedParts {
  readonly shared?: SharedModel | undefined;
  /** Memory for the payloads of results; absent: each has its own. */
  readonly resultMemory?: PayloadMemory;
  /** Absent: a new one, closed with the inspector. */
  readonly engine?: Engine;
}

export async function openInspector(
  setup: WorkerSetup,
  { shared, resultMemory, engine: given }: SharedParts = {},
): Promise<InspectorUnit> {
  const engine = given ?? (await createEngine(setup.engine));
  const model = shared ? engine.attach(shared) : engine.compile(setup.model.path, setup.compile);
  const said = { ...setup.model.settings, ...defined({ threshold: setup.model.threshold }) };
  const plan = planTask(model.outputs, model.input, said);
  const pixels = createPixelOps(sizeOf(model.input));
  const request = model.createInferRequest(pixels.allocate);
  const writeInput = createInputWriter(model.input, plan.settings, pixels);
  const task = await createTask({ model, request, pixels }, plan);
  const { libvips, turbojpeg } = setup;
  const { take } = pixels;
  const codec = createCodec(turbojpeg === undefined ? { libvips, take } : { libvips, take, turbojpeg });
  const classes = task.countedClasses;
  const rules = new Map<string, CompiledRule>();
  async function addRules(specs: readonly RuleSpec[]): Promise<void> {
    const parts = defined({ memory: resultMemory, compileSelect: await loadCompileSelect(specs) });
    for (const rule of compileRules({ ...setup, rules: specs }, classes, parts)) rules.set(ruleKey(rule.spec), rule);
  }
  await addRules(setup.rules);
  const inspector = createInspector(
    {
      model,
      request,
      writeInput,
      ...defined({ shrink: shrinkOf(model.input, plan.settings) }),
      ...defined({ planes: planesOf(model.input, plan.settings, pixels) }),
      task,
      codec,
      pixels,
      rules,
    },
    {
      imageField: setup.imageField,
      maxPixels: setup.maxPixels,
      modelName: `${setup.model.name}@${setup.model.version}`,
      ...defined({ timestampField: setup.timestampField, cameraField: setup.cameraField }),
    },
  );
  const test = (mode: InferenceMode) =>
    selfTest({ inspector, request, plan, precision: model.precision, spec: setup.model.selfTest }, mode);
  let hasLatencyMode = false;
  return {
    inspector,
    model,
    request,
    task,
    addRules,
    dropRules(keys) {
      for (const key of keys) rules.delete(key);
    },
    async selfTest() {
      const counted = await test('throughput');
      if (hasLatencyMode) await test('latency');
      return counted;
    },
    async enableLatencyMode(latency) {
      if (request.enableLatencyMode === undefined) return;
      request.enableLatencyMode(latency);
      try {
        assertSteady(request, 'latency', plan); // scores are published, too: a picture must not change them by being alone
        await test('latency');
        hasLatencyMode = true;
      } catch (error) {
        request.enableLatencyMode(undefined);
        throw error;
      }
    },
    disableLatencyMode() {
      hasLatencyMode = false;
      request.enableLatencyMode?.(undefined);
    },
    close() {
      codec.close();
      request.close();
      model.close();
      if (given === undefined) engine.close();
    },
  };
}
