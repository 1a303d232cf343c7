/** A model's ports as the C API describes them. */
import type { FoundPort } from '../ports.js';
import { type Handle, type OpenVino, readInt64s, type Slot } from './bindings.js';
import type { ElementTypes } from './element-types.js';
import { check, scoped, takeString } from './status.js';

export interface ModelPorts {
  readonly inputs: readonly FoundPort[];
  readonly outputs: readonly FoundPort[];
}

/** Dimensions in a row of a model that OpenVINO accepts; a guard against reading beyond a broken answer. */
const MAX_RANK = 64;

/** The ports of a model as it was read. @throws {ServiceError} ERR_MODEL_LOAD */
export function readModelPorts(ov: OpenVino, types: ElementTypes, model: Handle): ModelPorts {
  return {
    inputs: readPorts(ov, types, model, ov.modelInputsSize, ov.modelInputByIndex),
    outputs: readPorts(ov, types, model, ov.modelOutputsSize, ov.modelOutputByIndex),
  };
}

/** The ports of a compiled model, from any thread. @throws {ServiceError} ERR_MODEL_LOAD */
export function readCompiledPorts(ov: OpenVino, types: ElementTypes, compiled: Handle): ModelPorts {
  return {
    inputs: readPorts(ov, types, compiled, ov.compiledModelInputsSize, ov.compiledModelInputByIndex),
    outputs: readPorts(ov, types, compiled, ov.compiledModelOutputsSize, ov.compiledModelOutputByIndex),
  };
}

/** The first name of the output that also goes by `name`; undefined when none does. */
export function firstNameOf(ov: OpenVino, model: Handle, name: string): string | undefined {
  const slot: Slot = new BigUint64Array(1);
  if (ov.modelOutputByName(model, name, slot) !== 0) return undefined;
  using port = scoped(slot[0] ?? 0n, ov.portFree);
  return ov.portGetAnyName(port.handle, slot) === 0 ? takeString(ov, slot) : undefined;
}

function readPorts(
  ov: OpenVino,
  types: ElementTypes,
  owner: Handle,
  size: OpenVino['modelInputsSize'],
  at: OpenVino['modelInputByIndex'],
): FoundPort[] {
  const slot: Slot = new BigUint64Array(1);
  check(ov, size(owner, slot), 'ERR_MODEL_LOAD', "count the model's ports");
  return Array.from({ length: Number(slot[0]) }, (_, index) => {
    check(ov, at(owner, index, slot), 'ERR_MODEL_LOAD', `read port ${index} of the model`);
    using port = scoped(slot[0] ?? 0n, ov.portFree);
    return readPort(ov, types, port.handle);
  });
}

function readPort(ov: OpenVino, types: ElementTypes, port: Handle): FoundPort {
  const slot: Slot = new BigUint64Array(1);
  const type = new Int32Array(1);
  // A tensor without a name is an error to the C API, not to us.
  const name = ov.portGetAnyName(port, slot) === 0 ? takeString(ov, slot) : '';
  check(ov, ov.portGetElementType(port, type), 'ERR_MODEL_LOAD', `read the element type of "${name}"`);
  return { name, elementType: types.nameOf(type[0] ?? -1), dimensions: readDimensions(ov, port, name) };
}

/** ov_partial_shape_t: rank { min, max }, pointer to dimensions { min, max }. */
function readDimensions(ov: OpenVino, port: Handle, name: string): number[] {
  const shape: Slot = new BigUint64Array(3);
  check(ov, ov.portGetPartialShape(port, shape), 'ERR_MODEL_LOAD', `read the shape of "${name}"`);
  const [minRank, maxRank] = new BigInt64Array(shape.buffer);
  const address = shape[2] ?? 0n;
  const isFixedRank = minRank === maxRank && minRank !== undefined && minRank >= 0n && minRank <= MAX_RANK;
  const limits = isFixedRank && address !== 0n ? readInt64s(address, 2 * Number(minRank)) : [];
  ov.partialShapeFree(shape);
  return Array.from({ length: limits.length / 2 }, (_, axis) => {
    const min = limits[2 * axis];
    return min !== undefined && min === limits[2 * axis + 1] ? Number(min) : -1;
  });
}
