/**
 * What a model must look like to be inspected with: one picture in, numbers out. Pure; the engines hand in the
 * ports as they find them and bind only what comes back. model/task-plan.ts decides what is read of them, and how.
 */
import type { Size } from '../domain/size.js';
import { ServiceError } from '../std/errors.js';
import type { ElementType, Layout, Port } from './engine.js';

/** A port as the runtime describes it. */
export interface FoundPort {
  /** '' when the tensor has no name, undefined when the engine cannot tell. */
  readonly name: string | undefined;
  /** In OpenVINO's words: "u8", "f32", "i64" … Undefined as long as the engine cannot tell: any that fits counts then. */
  readonly elementType: string | undefined;
  /** -1 stands for a dynamic dimension. */
  readonly dimensions: readonly number[];
}

/** An output that is bound, with its index among the model's outputs. */
export interface SelectedOutput {
  readonly index: number;
  readonly port: Port;
}

/** What the engine binds of a model. */
export interface SelectedPorts {
  readonly input: Port;
  readonly outputs: readonly SelectedOutput[];
}

/** Pixels of a picture or a mask. A larger model is rejected as a mistake. */
const MAX_PIXELS = 2 ** 26;

const EXPECTED_INPUT =
  'one input of shape [1,3,H,W], [1,H,W,3], [1,1,H,W], [1,H,W,1] or [3,H,W], of numbers that hold 0 to 255, with a fixed H and W';
const EXPECTED_OUTPUT = 'an output of numbers of at most four dimensions, for one picture';
const SIZE_REMEDY = '; "input": {"width": W, "height": H} in model.json fixes it';

/**
 * What the tensors of each element type are bound as. Where the two differ the engine adds the conversion to the graph,
 * as the runtime of the function that this service replaced did. An i8 or boolean input cannot hold a picture's bytes.
 */
const INPUT_TYPES: Readonly<Record<string, 'u8' | 'f32'>> = {
  ...{ u8: 'u8', u16: 'u8', u32: 'u8', u64: 'u8', i16: 'u8', i32: 'u8', i64: 'u8' },
  ...{ f32: 'f32', f16: 'f32', bf16: 'f32', f64: 'f32' },
};
const OUTPUT_TYPES: Readonly<Record<string, ElementType>> = {
  ...{ f32: 'f32', f16: 'f32', bf16: 'f32', f64: 'f32' },
  ...{ u8: 'u8', boolean: 'u8', i32: 'i32', i8: 'i32', i16: 'i32', u16: 'i32', i64: 'i64', u32: 'i64', u64: 'i64' },
};

/**
 * The picture input, its batch set to 1 when the model leaves it open (the engine then reshapes the model to
 * `port.shape`), and so are height and width to `size`.
 * @throws {ServiceError} ERR_MODEL_CONTRACT with what was expected and what was found
 */
export function selectInput(inputs: readonly FoundPort[], size?: Size): Port {
  const [input] = inputs;
  if (input === undefined || inputs.length !== 1) throw misfit(EXPECTED_INPUT, describeAll(inputs, 'input'));
  const elementType = INPUT_TYPES[input.elementType ?? 'f32'];
  if (elementType === undefined) throw misfit(EXPECTED_INPUT, describe(input));
  const shape = closed(input.dimensions, size);
  const dynamic = shape.indexOf(-1);
  if (dynamic >= 0) {
    const which =
      dynamic === channelAxis(shape)
        ? `channels (dimension ${dynamic}) are open; export it with 3 of them, or 1`
        : `dimension ${dynamic} is dynamic${SIZE_REMEDY}`;
    throw misfit(EXPECTED_INPUT, `${describe(input)}, whose ${which}`);
  }
  const port: Port = { name: input.name ?? '', elementType, shape };
  if (layoutOf(port) === undefined || !isSize(sizeOf(port))) throw misfit(EXPECTED_INPUT, describe(input));
  return port;
}

/** Sets an open batch to 1, and open height and width to those of `size`. */
function closed(dimensions: readonly number[], size: Size | undefined): readonly number[] {
  const [batch, ...rest] = dimensions;
  const shape = batch === -1 && dimensions.length === 4 ? [1, ...rest] : [...dimensions];
  if (size === undefined || shape.length < 3) return shape;
  const [h, w] = shape.length === 3 ? [1, 2] : isChannelCount(shape[1]) || !isChannelCount(shape[3]) ? [2, 3] : [1, 2];
  if (shape[h] === -1) shape[h] = size.height;
  if (shape[w] === -1) shape[w] = size.width;
  return shape;
}

/**
 * The outputs of numbers for one picture, in the model's order; others (texts, batches) are left alone. A dimension that depends on the
 * picture, as the number of objects in it, stays -1: such an output has as many values as the last inference gave.
 * @throws {ServiceError} ERR_MODEL_CONTRACT when there is none
 */
export function selectOutputs(outputs: readonly FoundPort[]): readonly SelectedOutput[] {
  const selected = outputs.flatMap(({ name = '', elementType: found = '', dimensions }, index): SelectedOutput[] => {
    const elementType = OUTPUT_TYPES[found];
    return elementType !== undefined && isReadable(dimensions)
      ? [{ index, port: { name, elementType, shape: dimensions } }]
      : [];
  });
  if (selected.length === 0) throw misfit(EXPECTED_OUTPUT, describeAll(outputs, 'output'));
  return selected;
}

/** Whether the number of its values depends on the picture. */
export function isDynamic({ shape }: Port): boolean {
  return shape.includes(-1);
}

/** The dimension that must hold the channels of a picture, 3 or 1 of them; undefined: none can. */
function channelAxis(shape: readonly number[]): number | undefined {
  if (shape.length !== 4) return undefined;
  const axes = [1, 3];
  return axes.find((axis) => isChannelCount(shape[axis])) ?? axes.find((axis) => shape[axis] === -1);
}

/** How the input's numbers lie; undefined when it is no picture. A shape that could be both is NCHW. */
export function layoutOf(input: Port): Layout | undefined {
  if (input.shape.length === 3) return input.shape[0] === 3 ? 'NCHW' : undefined; // torchvision’s detectors
  if (input.shape.length !== 4 || input.shape[0] !== 1) return undefined;
  if (isChannelCount(input.shape[1])) return 'NCHW';
  return isChannelCount(input.shape[3]) ? 'NHWC' : undefined;
}

/** 3, or 1 for a grey one. */
export function channelsOf(input: Port): 1 | 3 {
  return (layoutOf(input) === 'NHWC' ? input.shape.at(-1) : input.shape.at(-3)) === 1 ? 1 : 3;
}

/** Width and height of a picture input or of a map output of one channel, in pixels. */
export function sizeOf(port: Port): Size {
  const { shape } = port;
  const last = shape.length - 1;
  const [h, w] = layoutOf(port) === 'NHWC' ? [last - 2, last - 1] : [last - 1, last];
  return { height: shape[h] ?? 0, width: shape[w] ?? 0 };
}

function isChannelCount(size: number | undefined): boolean {
  return size === 1 || size === 3;
}

/** How many numbers a port holds. */
export function countOf(port: Port): number {
  return port.shape.reduce((product, size) => product * size, 1);
}

function isReadable(dimensions: readonly number[]): boolean {
  const rank = dimensions.length;
  if (rank < 1 || rank > 4 || (rank > 2 && (dimensions[0] ?? 0) > 1)) return false;
  const values = dimensions.reduce((product, size) => product * Math.abs(size), 1);
  return dimensions.every((size) => size === -1 || size >= 1) && values <= MAX_PIXELS;
}

function isSize({ width, height }: Size): boolean {
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
  const name = port.name === '' ? '(unnamed)' : port.name && `"${port.name}"`;
  return [name, port.elementType, `[${shape}]`].filter((part) => part !== undefined).join(' ');
}
