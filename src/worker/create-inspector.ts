/** WorkerSetup → everything that inspects pictures in this thread. Also used without threads, by `infer` and `model check`. */
import { createCodec } from '../imaging/create-codec.js';
import { createContourCounter } from '../imaging/opencv.js';
import { createEngine } from '../inference/create-engine.js';
import type { CompiledModel, SharedModel } from '../inference/engine.js';
import { compileWhere } from '../rule/where.js';
import { createInspector, type Inspector } from './inspect.js';
import type { WorkerSetup } from './protocol.js';
import { selfTest } from './self-test.js';

export interface InspectorUnit {
  readonly inspector: Inspector;
  readonly model: CompiledModel;
  /** @throws {ServiceError} ERR_SELF_TEST */
  selfTest(): Promise<void>;
  close(): void;
}

/** @param shared a model that another thread of this process compiled; undefined: compile here */
export async function openInspector(setup: WorkerSetup, shared: SharedModel | undefined): Promise<InspectorUnit> {
  const engine = await createEngine(setup.engine);
  const model = shared ? engine.attach(shared) : engine.compile(setup.model.path, setup.compile);
  const request = model.createInferRequest();
  const inspector = createInspector(
    {
      model,
      request,
      codec: await createCodec(setup.turbojpeg === undefined ? {} : { turbojpeg: setup.turbojpeg }),
      countContours: await createContourCounter(),
      rules: setup.rules.map((spec) => ({ spec, predicate: compileWhere(spec.where) })),
    },
    {
      threshold: setup.model.threshold,
      imageField: setup.imageField,
      copyFields: setup.copyFields,
      maxPixels: setup.maxPixels,
      modelName: `${setup.model.name}@${setup.model.version}`,
      ...(setup.timestampField === undefined ? {} : { timestampField: setup.timestampField }),
    },
  );
  return {
    inspector,
    model,
    selfTest: () => selfTest({ inspector, request, precision: model.precision, spec: setup.model.selfTest }),
    close() {
      request.close();
      model.close();
      engine.close();
    },
  };
}
