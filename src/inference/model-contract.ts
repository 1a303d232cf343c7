/**
 * What a model must look like to be inspected with: one picture in, at least one map of probabilities out. Pure; the
 * engines hand in the ports as they find them and bind only what comes back.
 */
import { ServiceError } from '../errors.js';
import type { ElementType, Layout, Port } from './engine.js';

/** A port as the runtime describes it. */
export interface FoundPort {
  /** '' when the tensor has no name. */
  readonly name: string;
  /** In OpenVINO's words: "u8", "f32", "i64" … */
  readonly elementType: string;
  /** -1 stands for a dynamic dimension. */
  readonly dimensions: readonly number[];
}

/** An output that fits, with its index among the model's outputs. */
export interface FittingOutput {
  readonly index: number;
  readonly port: Port;
}

export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** Of a picture or a mask, in pixels; above it a model is taken for a mistake. */
const MAX_PIXELS = 2 ** 26;

const EXPECTED_INPUT = 'one input of shape [1,3,H,W] or [1,H,W,3], u8 or f32, with a fixed H and W';
const EXPECTED_OUTPUT = 'an f32 output of shape [1,1,H,W], [1,H,W,1], [1,H,W] or [H,W]';

/**
 * The picture input, its batch set to 1 when the model leaves it open (the engine then reshapes the model to
 * `port.shape`).
 * @throws {ServiceError} ERR_MODEL_CONTRACT with what was expected and what was found
 */
export function fitInput(inputs: readonly FoundPort[]): Port {
  const [input] = inputs;
  if (input === undefined || inputs.length !== 1) throw misfit(EXPECTED_INPUT, describeAll(inputs, 'input'));
  if (!isElementType(input.elementType)) throw misfit(EXPECTED_INPUT, describe(input));
  const [batch, ...rest] = input.dimensions;
  const shape = batch === -1 ? [1, ...rest] : input.dimensions;
  const dynamic = input.dimensions.findIndex((size, axis) => size === -1 && axis > 0);
  if (dynamic > 0) {
    throw misfit(EXPECTED_INPUT, `${describe(input)}, whose dimension ${dynamic} is dynamic`);
  }
  const port: Port = { name: input.name, elementType: input.elementType, shape };
  if (layoutOf(port) === undefined || !isSize(sizeOf(port))) throw misfit(EXPECTED_INPUT, describe(input));
  return port;
}

/**
 * The outputs that are maps of probabilities, in the model's order; others (labels, scores) are left alone.
 * @throws {ServiceError} ERR_MODEL_CONTRACT when there is none
 */
export function fitOutputs(outputs: readonly FoundPort[]): readonly FittingOutput[] {
  const fitting = outputs.flatMap((output, index): FittingOutput[] =>
    output.elementType === 'f32' && isMap(output.dimensions)
      ? [{ index, port: { name: output.name, elementType: 'f32', shape: output.dimensions } }]
      : [],
  );
  if (fitting.length === 0) throw misfit(EXPECTED_OUTPUT, describeAll(outputs, 'output'));
  return fitting;
}

/** How the input's numbers lie; undefined when it is no picture. A shape that could be both is NCHW. */
export function layoutOf(input: Port): Layout | undefined {
  if (input.shape.length !== 4 || input.shape[0] !== 1) return undefined;
  if (input.shape[1] === 3) return 'NCHW';
  return input.shape[3] === 3 ? 'NHWC' : undefined;
}

/** Width and height of a picture input or of a map output, in pixels. */
export function sizeOf(port: Port): PictureSize {
  const { shape } = port;
  const last = shape.length - 1;
  const channelsLast = shape.length === 4 && shape[1] !== 3 && (shape[3] === 3 || (shape[3] === 1 && shape[1] !== 1));
  const [h, w] = channelsLast ? [last - 2, last - 1] : [last - 1, last];
  return { height: shape[h] ?? 0, width: shape[w] ?? 0 };
}

/** How many numbers a port holds. */
export function countOf(port: Port): number {
  return port.shape.reduce((product, size) => product * size, 1);
}

function isElementType(name: string): name is ElementType {
  return name === 'u8' || name === 'f32';
}

function isMap(dimensions: readonly number[]): boolean {
  const rank = dimensions.length;
  if (rank < 2 || rank > 4) return false;
  if (rank > 2 && dimensions[0] !== 1) return false;
  if (rank === 4 && dimensions[1] !== 1 && dimensions[3] !== 1) return false;
  return isSize(sizeOf({ name: '', elementType: 'f32', shape: dimensions }));
}

function isSize({ width, height }: PictureSize): boolean {
  return width >= 1 && height >= 1 && width * height <= MAX_PIXELS;
}

function misfit(expected: string, found: string): ServiceError {
  return new ServiceError('ERR_MODEL_CONTRACT', `Cannot use the model as it must have ${expected}: it has ${found}`, {
    details: { expected, found },
  });
}

function describeAll(ports: readonly FoundPort[], noun: string): string {
  if (ports.length === 0) return `no ${noun}`;
  const plural = ports.length === 1 ? noun : `${noun}s`;
  return `${ports.length} ${plural}: ${ports.map(describe).join(', ')}`;
}

function describe(port: FoundPort): string {
  const shape = port.dimensions.map((size) => (size === -1 ? '?' : size)).join(',');
  return `${port.name === '' ? '(unnamed)' : `"${port.name}"`} ${port.elementType} [${shape}]`;
}
