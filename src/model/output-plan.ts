/** Which of a model's maps is read, and what its numbers are: channels, classes, size. Pure. */

import type { Layout, Port } from '../engine/engine.js';
import { layoutOf, type PictureSize, sizeOf } from '../engine/ports.js';
import { ServiceError } from '../std/errors.js';
import { nearest } from '../std/nearest-name.js';
import { BACKGROUND, type ModelSettings } from './settings.js';

export interface OutputPlan {
  /** Among the outputs that the engine bound. */
  readonly index: number;
  readonly port: Port;
  /** Of one channel of the map. */
  readonly size: PictureSize;
  /** Probabilities, or what an activation makes them of; or numbers of classes. */
  readonly kind: 'values' | 'class numbers';
  readonly channels: number;
  /** How they lie when there are several. */
  readonly layout: Layout;
  /** True when something makes probabilities of it. */
  readonly isActivated: boolean;
  /** The only one that is read. */
  readonly channel: number | undefined;
  /** By channel or class number, background included; undefined: nothing is counted by class. */
  readonly classes: readonly string[] | undefined;
}

type OutputContract = Pick<ModelSettings, 'output' | 'activation' | 'anomalyScale' | 'channel' | 'classes' | 'labels'>;

/** @throws {ServiceError} ERR_MODEL_CONTRACT with what the contract asks for, what is there, and what to do */
export function chooseOutput(outputs: readonly Port[], input: Port, contract: OutputContract): OutputPlan {
  const maps = outputs.map((port, index) => describe(port, index, input, contract));
  const map = contract.output === undefined ? preferred(maps, input) : named(maps, contract.output);
  if (map === undefined) throw refused('must have an output that is a map', outputs.map(textOf).join(', '));
  assertIsMap(map, input);
  const isActivated = contract.activation !== 'none' || contract.anomalyScale !== undefined;
  return { ...(map.kind === 'values' ? withChannels(map, contract) : withNumbers(map, contract)), isActivated };
}

type MapShape = Omit<OutputPlan, 'channel' | 'classes' | 'isActivated'>;

function describe(port: Port, index: number, input: Port, { classes }: OutputContract): MapShape {
  const kind = port.elementType === 'f32' ? 'values' : 'class numbers';
  const [, a = 0, b = 0, c = 0] = port.shape;
  const one = { index, port, kind, channels: 1, layout: 'NCHW' } as const;
  if (port.shape.length !== 4) return { ...one, size: sizeOf(port) };
  if (a === 1) return { ...one, size: { height: b, width: c } };
  if (c === 1) return { ...one, size: { height: a, width: b } };
  const first: MapShape = { index, port, kind, channels: a, size: { height: b, width: c }, layout: 'NCHW' };
  const last: MapShape = { index, port, kind, channels: c, size: { height: a, width: b }, layout: 'NHWC' };
  // Both readings are possible: the input's size, the number of classes, then the input's own layout decide.
  const own = layoutOf(input) === 'NHWC' ? last : first;
  const other = own === first ? last : first;
  const isSure = (map: MapShape) => isSame(map.size, sizeOf(input)) || map.channels === classes?.length;
  return !isSure(own) && isSure(other) ? other : own;
}

/** One channel of the input's size is what most models have; a map of class numbers comes last. */
function preferred(maps: readonly MapShape[], input: Port): MapShape | undefined {
  const values = maps.filter(({ kind }) => kind === 'values');
  const single = values.filter(({ channels }) => channels === 1);
  return single.find(({ size }) => isSame(size, sizeOf(input))) ?? single.find(isLarge) ?? values[0] ?? maps[0];
}

function named(maps: readonly MapShape[], name: string): MapShape {
  const found = maps.find(({ port }) => port.name === name);
  if (found !== undefined) return found;
  const names = maps.map(({ port }) => port.name);
  const near = nearest(name, names);
  throw refused(
    `must have the output "${name}" as a map${near === undefined ? '' : ` (did you mean "${near}"?)`}`,
    maps.map(({ port }) => textOf(port)).join(', '),
  );
}

/** A score or a list of numbers has a shape too. */
function assertIsMap(map: MapShape, input: Port): void {
  if (isSame(map.size, sizeOf(input)) || isLarge(map)) return;
  throw refused('must have a map of at least 2 × 2 pixels, or of its input’s size, as output', textOf(map.port));
}

function isLarge({ size, port }: MapShape): boolean {
  return port.shape.length > 2 && size.width > 1 && size.height > 1;
}

function withChannels(map: MapShape, contract: OutputContract): Omit<OutputPlan, 'isActivated'> {
  const { channels } = map;
  const { activation, anomalyScale, channel, classes } = contract;
  if (channels === 1 && activation === 'softmax' && contract.labels === undefined) {
    throw refused('must have several channels for activation softmax; sigmoid is for one', textOf(map.port));
  }
  if (channels > 1 && anomalyScale !== undefined) {
    throw refused('must have one channel as an anomaly map', textOf(map.port));
  }
  if (channel !== undefined) {
    if (channel < channels) return { ...map, channel, classes: undefined };
    throw refused(`must have a channel ${channel}; the first is 0`, `${textOf(map.port)}, ${channels} channels`);
  }
  if (classes !== undefined) {
    if (classes.length === channels) return { ...map, channel: undefined, classes };
    throw refused(
      `must have a channel for each of the ${classes.length} classes ${classes.join(', ')}; one that is no defect is called ${BACKGROUND}`,
      `${textOf(map.port)}, ${channels} channels`,
    );
  }
  if (channels === 1) return { ...map, channel: undefined, classes: undefined };
  const fromLabels = withBackground(contract.labels, channels);
  if (fromLabels !== undefined) return { ...map, channel: undefined, classes: fromLabels };
  throw refused(
    `must say which of its ${channels} channels are defects: "channel" (a number) or "classes" (${channels} names, ${BACKGROUND} for none) in model.json or the configuration`,
    textOf(map.port),
  );
}

/** Model API's labels leave the background out when there is one. */
function withBackground(labels: readonly string[] | undefined, channels: number): readonly string[] | undefined {
  if (labels?.length === channels) return labels;
  return labels?.length === channels - 1 ? [BACKGROUND, ...labels] : undefined;
}

function withNumbers(map: MapShape, { channel, classes, labels }: OutputContract): Omit<OutputPlan, 'isActivated'> {
  if (map.channels !== 1) throw refused('must have one channel where an output has class numbers', textOf(map.port));
  const own = labels === undefined || labels.includes(BACKGROUND) ? labels : [BACKGROUND, ...labels];
  return { ...map, channel, classes: channel === undefined ? (classes ?? own) : undefined };
}

function isSame(a: PictureSize, b: PictureSize): boolean {
  return a.width === b.width && a.height === b.height;
}

function textOf({ name, elementType, shape }: Port): string {
  return `${name === '' ? '(unnamed)' : `"${name}"`} ${elementType} [${shape.join(',')}]`;
}

function refused(rule: string, found: string): ServiceError {
  return new ServiceError('ERR_MODEL_CONTRACT', `Cannot use the model as it ${rule}: it has ${found}`, {
    details: { expected: rule, found },
  });
}
