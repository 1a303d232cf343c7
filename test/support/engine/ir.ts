/** Tiny models in OpenVINO's IR format, written by hand, for what the contract must accept and refuse. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Ir {
  readonly xml: string;
  readonly bin: Uint8Array;
}

export interface PictureModelOptions {
  readonly elementType?: 'u8' | 'i8' | 'i32' | 'f16' | 'f32' | 'f64';
  /** -1: dynamic. */
  readonly batch?: number;
  readonly height?: number;
  readonly width?: number;
  readonly channels?: number;
  readonly layout?: 'NCHW' | 'NHWC';
  /** Channels of the output. */
  readonly classes?: number;
  /** Element type of the output; f32 unless converted. */
  readonly outputType?: 'f32' | 'f16' | 'f64' | 'boolean';
  /** Tensor names; '' leaves the tensor without one. */
  readonly inputName?: string;
  readonly outputName?: string;
}

interface Tensor {
  readonly type: string;
  readonly dims: readonly number[];
  readonly name?: string;
}
interface Layer {
  readonly op: string;
  readonly data?: string;
  readonly inputs: readonly number[];
  readonly output?: Tensor;
}

const PRECISION: Readonly<Record<string, string>> = {
  ...{ u8: 'U8', i8: 'I8', i32: 'I32', f16: 'FP16', f32: 'FP32', f64: 'FP64', boolean: 'BOOL' },
};
/** Of blue, green and red: powers of two, so that every sum is exact in f32 and lies in 0..0.87. */
export const WEIGHTS = [1 / 2048, 2 / 2048, 4 / 2048] as const;

/** Its output is blue × 1/2048 + green × 2/2048 + red × 4/2048 at every pixel; exact in f32. */
export function weightedSum(options: PictureModelOptions = {}): Ir {
  const { elementType = 'u8', batch = 1, height = 4, width = 6, channels = 3, layout = 'NCHW', classes = 1 } = options;
  const { outputType = 'f32', inputName = 'image', outputName = 'mask' } = options;
  const nchw = layout === 'NCHW';
  const input = nchw ? [batch, channels, height, width] : [batch, height, width, channels];
  const output = nchw ? [batch, classes, height, width] : [batch, height, width, classes];
  const weights = nchw ? [classes, channels, 1, 1] : [channels, classes];
  const values = Float32Array.from({ length: channels * classes }, (_, index) => WEIGHTS[index % 3] ?? 0);
  const last = outputType === 'f32' ? outputName : '';
  const conv = 'strides="1,1" dilations="1,1" pads_begin="0,0" pads_end="0,0" auto_pad="explicit"';
  const layers: Layer[] = [
    {
      op: 'Parameter',
      data: `shape="${text(input)}" element_type="${elementType}"`,
      inputs: [],
      output: { type: elementType, dims: input, name: inputName },
    },
    { op: 'Convert', data: 'destination_type="f32"', inputs: [0], output: { type: 'f32', dims: input } },
    {
      op: 'Const',
      data: `element_type="f32" shape="${text(weights)}" offset="0" size="${values.byteLength}"`,
      inputs: [],
      output: { type: 'f32', dims: weights },
    },
    {
      op: nchw ? 'Convolution' : 'MatMul',
      data: nchw ? conv : 'transpose_a="false" transpose_b="false"',
      inputs: [1, 2],
      output: { type: 'f32', dims: output, name: last },
    },
  ];
  if (outputType !== 'f32') {
    const converted = { type: outputType, dims: output, name: outputName };
    layers.push({ op: 'Convert', data: `destination_type="${outputType}"`, inputs: [3], output: converted });
  }
  layers.push({ op: 'Result', inputs: [layers.length - 1] });
  return { xml: write(layers), bin: new Uint8Array(values.buffer) };
}

export interface ConvolutionsOptions {
  /** 3×3 convolutions from `channels` to `channels`, between one from 3 and one to 1. */
  readonly depth: number;
  readonly channels: number;
  /** Width and height of the picture. */
  readonly size: number;
}

/** A model of the wanted weight: a chain of 3×3 convolutions with small weights, and a sigmoid. */
export function convolutions({ depth, channels, size }: ConvolutionsOptions): { ir: Ir; gigaflop: number } {
  const widths = [3, ...Array.from({ length: depth + 1 }, () => channels), 1];
  const shape = (width: number) => [1, width, size, size];
  const picture = { type: 'f32', dims: shape(3), name: 'image' };
  const layers: Layer[] = [
    { op: 'Parameter', data: `shape="${text(shape(3))}" element_type="f32"`, inputs: [], output: picture },
  ];
  const values: number[] = [];
  let multiplications = 0;
  for (const [at, width] of widths.slice(1).entries()) {
    const kernel = [width, widths[at] ?? 0, 3, 3];
    const count = kernel.reduce((product, each) => product * each, 1);
    const place = `offset="${4 * values.length}" size="${4 * count}"`;
    const before = layers.length - 1;
    for (let n = 0; n < count; n += 1) values.push(((n % 7) - 3) / 64);
    multiplications += count * size * size;
    const pads = 'pads_begin="1,1" pads_end="1,1" auto_pad="explicit"';
    layers.push(
      {
        op: 'Const',
        data: `element_type="f32" shape="${text(kernel)}" ${place}`,
        inputs: [],
        output: { type: 'f32', dims: kernel },
      },
      {
        op: 'Convolution',
        data: `strides="1,1" dilations="1,1" ${pads}`,
        inputs: [before, before + 1],
        output: { type: 'f32', dims: shape(width) },
      },
      { op: 'ReLU', inputs: [before + 2], output: { type: 'f32', dims: shape(width) } },
    );
  }
  const mask = { type: 'f32', dims: shape(1), name: 'mask' };
  layers.push({ op: 'Sigmoid', inputs: [layers.length - 1], output: mask }, { op: 'Result', inputs: [layers.length] });
  return {
    ir: { xml: write(layers), bin: new Uint8Array(Float32Array.from(values).buffer) },
    gigaflop: (2 * multiplications) / 1e9,
  };
}

/** Adds two pictures: one input too many. */
export function twoInputs(): Ir {
  const picture = (name: string): Layer => ({
    op: 'Parameter',
    data: 'shape="1,3,4,6" element_type="f32"',
    inputs: [],
    output: { type: 'f32', dims: [1, 3, 4, 6], name },
  });
  const sum = { type: 'f32', dims: [1, 3, 4, 6], name: 'sum' };
  const layers: Layer[] = [
    picture('left'),
    picture('right'),
    { op: 'Add', data: 'auto_broadcast="numpy"', inputs: [0, 1], output: sum },
    { op: 'Result', inputs: [2] },
  ];
  return { xml: write(layers), bin: new Uint8Array() };
}

/** Writes model.xml and, unless it is empty, model.bin into a new folder below `root`; gives the path of the .xml. */
export function writeIr(root: string, name: string, { xml, bin }: Ir): string {
  const folder = join(root, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'model.xml'), xml);
  if (bin.length > 0) writeFileSync(join(folder, 'model.bin'), bin);
  return join(folder, 'model.xml');
}

function write(layers: readonly Layer[]): string {
  const outputs = layers.map(({ output }) => output);
  const edges = layers.flatMap(({ inputs }, to) =>
    inputs.map((from, port) => {
      const fromPort = layers[from]?.inputs.length ?? 0;
      return `<edge from-layer="${from}" from-port="${fromPort}" to-layer="${to}" to-port="${port}"/>`;
    }),
  );
  const body = layers.map(({ op, data, inputs, output }, id) => {
    const input = inputs.map((from, port) => writePort(port, outputs[from])).join('');
    return [
      `<layer id="${id}" name="layer${id}" type="${op}" version="opset1">`,
      data === undefined ? '' : `<data ${data}/>`,
      input === '' ? '' : `<input>${input}</input>`,
      output === undefined ? '' : `<output>${writePort(inputs.length, output)}</output>`,
      '</layer>',
    ].join('');
  });
  return `<?xml version="1.0"?>\n<net name="tiny" version="11">\n<layers>\n${body.join('\n')}\n</layers>\n<edges>\n${edges.join('\n')}\n</edges>\n</net>\n`;
}

function writePort(id: number, tensor: Tensor | undefined): string {
  const { type = 'f32', dims = [], name = '' } = tensor ?? {};
  const names = name === '' ? '' : ` names="${name}"`;
  return `<port id="${id}" precision="${PRECISION[type]}"${names}>${dims.map((dim) => `<dim>${dim}</dim>`).join('')}</port>`;
}

function text(dims: readonly number[]): string {
  return dims.map((dim) => (dim === -1 ? '?' : dim)).join(',');
}
