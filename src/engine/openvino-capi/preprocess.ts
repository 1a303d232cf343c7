/** Conversions of element types that OpenVINO's preprocessing adds to a model's graph. */
import type { ElementType } from '../engine.js';
import type { FoundPort, SelectedPorts } from '../ports.js';
import type { Handle, OpenVino, Slot } from './bindings.js';
import type { ElementTypes } from './element-types.js';
import type { ModelPorts } from './ports.js';
import { check, scoped } from './status.js';

interface Library {
  readonly ov: OpenVino;
  readonly types: ElementTypes;
}
type ScopedModel = { readonly handle: Handle } & Disposable;

/**
 * The model with a conversion at each selected port whose own element type differs from the one that is bound; the
 * model itself, which stays the caller's to free, where none does.
 * @throws {ServiceError} ERR_MODEL_LOAD
 */
export function withConversions(
  library: Library,
  model: Handle,
  found: ModelPorts,
  { input, outputs }: SelectedPorts,
): ScopedModel {
  const isConverted = (port: FoundPort | undefined, bound: ElementType) => port?.elementType !== bound;
  const converted = outputs.filter(({ index, port }) => isConverted(found.outputs[index], port.elementType));
  const isInputConverted = isConverted(found.inputs[0], input.elementType);
  if (!isInputConverted && converted.length === 0) return scoped(model, () => {});

  const { ov } = library;
  const slot: Slot = new BigUint64Array(1);
  const convert = 'convert element types in the model';
  check(ov, ov.preprocessCreate(model, slot), 'ERR_MODEL_LOAD', convert);
  using steps = scoped(slot[0] ?? 0n, ov.preprocessFree);
  if (isInputConverted) setInputType(library, steps.handle, input.elementType);
  for (const { index, port } of converted) setOutputType(library, steps.handle, index, port.elementType);
  check(ov, ov.preprocessBuild(steps.handle, slot), 'ERR_MODEL_LOAD', convert);
  return scoped(slot[0] ?? 0n, ov.modelFree);
}

function setInputType({ ov, types }: Library, steps: Handle, type: ElementType): void {
  const slot: Slot = new BigUint64Array(1);
  const action = `convert the model's input from ${type}`;
  check(ov, ov.preprocessInputInfo(steps, 0, slot), 'ERR_MODEL_LOAD', action);
  using input = scoped(slot[0] ?? 0n, ov.preprocessInputFree);
  check(ov, ov.preprocessInputTensorInfo(input.handle, slot), 'ERR_MODEL_LOAD', action);
  using tensor = scoped(slot[0] ?? 0n, ov.preprocessInputTensorFree);
  check(ov, ov.preprocessSetInputType(tensor.handle, types.numberOf(type)), 'ERR_MODEL_LOAD', action);
}

function setOutputType({ ov, types }: Library, steps: Handle, index: number, type: ElementType): void {
  const slot: Slot = new BigUint64Array(1);
  const action = `convert the model's output ${index} to ${type}`;
  check(ov, ov.preprocessOutputInfo(steps, index, slot), 'ERR_MODEL_LOAD', action);
  using output = scoped(slot[0] ?? 0n, ov.preprocessOutputFree);
  check(ov, ov.preprocessOutputTensorInfo(output.handle, slot), 'ERR_MODEL_LOAD', action);
  using tensor = scoped(slot[0] ?? 0n, ov.preprocessOutputTensorFree);
  check(ov, ov.preprocessSetOutputType(tensor.handle, types.numberOf(type)), 'ERR_MODEL_LOAD', action);
}
