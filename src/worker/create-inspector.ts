/** WorkerSetup → everything that inspects pictures in this thread. Also used without threads, by `infer` and `model check`. */
import { createCodec } from '../imaging/create-codec.js';
import { type CompiledOpenCv, createOpenCv } from '../imaging/opencv.js';
import { createEngine } from '../inference/create-engine.js';
import type { CompiledModel, InferRequest, SharedModel } from '../inference/engine.js';
import { createResultEncoder } from '../payload/render-result.js';
import { compileWhere } from '../rule/where.js';
import { createInspector, type Inspector } from './inspect.js';
import type { WorkerSetup } from './protocol.js';
import { selfTest } from './self-test.js';

export interface InspectorUnit {
  readonly inspector: Inspector;
  readonly model: CompiledModel;
  readonly request: InferRequest;
  /** @throws {ServiceError} ERR_SELF_TEST */
  selfTest(): Promise<void>;
  close(): void;
}

/** What other threads of this process have compiled; what is absent is compiled here. */
export interface SharedParts {
  readonly shared?: SharedModel | undefined;
  readonly openCv?: CompiledOpenCv | undefined;
}

export async function openInspector(
  setup: WorkerSetup,
  { shared, openCv: compiled }: SharedParts = {},
): Promise<InspectorUnit> {
  const engine = await createEngine(setup.engine);
  const model = shared ? engine.attach(shared) : engine.compile(setup.model.path, setup.compile);
  const request = model.createInferRequest();
  const { libvips, turbojpeg } = setup;
  const codec = createCodec(turbojpeg === undefined ? { libvips } : { libvips, turbojpeg });
  const openCv = createOpenCv(compiled);
  const inspector = createInspector(
    {
      model,
      request,
      codec,
      countContours: openCv.countContours,
      rules: setup.rules.map((spec) => ({
        spec,
        predicate: compileWhere(spec.where),
        encode: createResultEncoder({ fields: spec.fields, copyFields: setup.copyFields, encoding: setup.encoding }),
      })),
    },
    {
      threshold: setup.model.threshold,
      imageField: setup.imageField,
      maxPixels: setup.maxPixels,
      modelName: `${setup.model.name}@${setup.model.version}`,
      ...(setup.timestampField === undefined ? {} : { timestampField: setup.timestampField }),
    },
  );
  return {
    inspector,
    model,
    request,
    selfTest: () => selfTest({ inspector, request, precision: model.precision, spec: setup.model.selfTest }),
    close() {
      codec.close();
      openCv.close();
      request.close();
      model.close();
      engine.close();
    },
  };
}
