/** Which of a model's maps is read, and what its numbers are: channels, classes, size. Pure. */

import type { Size } from '../domain/size.js';
import type { Layout, Port } from '../engine/engine.js';
import { layoutOf, sizeOf } from '../engine/ports.js';
import { ServiceError } from '../std/errors.js';
import { nearest } from '../std/nearest-name.js';
import { isSame, type MapReading, readingsOf } from './map-readings.js';
import { BACKGROUND, type ModelSettings } from './settings.js';

export interface OutputPlan {
  /** Among the outputs that the engine bound. */
  readonly index: number;
  readonly port: Port;
  /** The size of one channel of the map. */
  readonly size: Size;
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

type OutputSettings = Pick<ModelSettings, 'output' | 'activation' | 'anomalyScale' | 'channel' | 'classes' | 'labels'>;

/** @throws {ServiceError} ERR_MODEL_CONTRACT with what the settings ask for, what is there, and what to do */
export function chooseOutput(outputs: readonly Port[], input: Port, settings: OutputSettings): OutputPlan {
  const candidates = outputs.map((port, index): Candidate => {
    const kind = port.elementType === 'f32' ? 'values' : 'class numbers';
    return { index, port, kind, readings: fitting(readingsOf(port, input), kind, input, settings) };
  });
  const chosen = settings.output === undefined ? preferred(candidates, input) : named(candidates, settings.output);
  const map = theOnlyReading(chosen, outputs, input);
  const isActivated = settings.activation !== 'none' || settings.anomalyScale !== undefined;
  return { ...(map.kind === 'values' ? withChannels(map, settings) : withNumbers(map, settings)), isActivated };
}

type MapShape = Omit<OutputPlan, 'channel' | 'classes' | 'isActivated'>;

interface Candidate extends Pick<OutputPlan, 'index' | 'port' | 'kind'> {
  /** What is left of the ways in which it can be read. */
  readonly readings: readonly MapReading[];
}

/** The number of classes decides, then the input's size; of four dimensions then the input's own layout. */
function fitting(
  readings: readonly MapReading[],
  kind: OutputPlan['kind'],
  input: Port,
  settings: OutputSettings,
): readonly MapReading[] {
  const whole = sizeOf(input);
  const bySettings = orAll(readings, ({ channels }) => isOfChannels(channels, kind, settings));
  const bySize = orAll(bySettings, ({ size }) => isSame(size, whole));
  const own = layoutOf(input);
  return bySize.every(({ isFlattened }) => !isFlattened) ? orAll(bySize, ({ layout }) => layout === own) : bySize;
}

function isOfChannels(count: number, kind: OutputPlan['kind'], { channel, classes, labels }: OutputSettings): boolean {
  if (kind === 'class numbers') return count === 1;
  if (classes !== undefined) return count === classes.length;
  if (channel !== undefined) return count > channel;
  return labels === undefined || count === labels.length || count === labels.length + 1;
}

function orAll<T>(values: readonly T[], keep: (value: T) => boolean): readonly T[] {
  const kept = values.filter(keep);
  return kept.length > 0 ? kept : values;
}

/** One channel of the input's size is what most models have; a map of class numbers comes last. */
function preferred(candidates: readonly Candidate[], input: Port): Candidate | undefined {
  const maps = candidates.filter(({ readings }) => readings.length > 0);
  const values = maps.filter(({ kind }) => kind === 'values');
  const single = values.filter(({ readings }) => readings[0]?.channels === 1);
  const whole = sizeOf(input);
  return (
    single.find(({ readings }) => readings.some(({ size }) => isSame(size, whole))) ?? single[0] ?? values[0] ?? maps[0]
  );
}

function named(candidates: readonly Candidate[], name: string): Candidate {
  const found = candidates.find(({ port }) => port.name === name);
  if (found !== undefined) return found;
  const near = nearest(
    name,
    candidates.map(({ port }) => port.name),
  );
  throw refused(
    `must have the output "${name}" as a map${near === undefined ? '' : ` (did you mean "${near}"?)`}`,
    candidates.map(({ port }) => textOf(port)).join(', '),
  );
}

function theOnlyReading(chosen: Candidate | undefined, outputs: readonly Port[], input: Port): MapShape {
  const [reading, other] = chosen?.readings ?? [];
  if (chosen === undefined || reading === undefined) {
    const found = (chosen === undefined ? outputs : [chosen.port]).map(textOf).join(', ');
    throw refused(
      'must have an output that is a map of its input: of its size, or of its proportions and at least 2 × 2 pixels',
      `${found} for the input ${textOf(input)}`,
    );
  }
  const { index, port, kind } = chosen;
  const { channels, size, layout } = reading;
  if (other === undefined) return { index, port, kind, channels, size, layout };
  throw refused(
    `must say whether its output is ${sizeText(reading)} or ${sizeText(other)}: "classes" in model.json or the configuration, a name for each channel, decides`,
    textOf(port),
  );
}

function sizeText({ channels, size }: MapReading): string {
  return `${channels} ${channels === 1 ? 'channel' : 'channels'} of ${size.width}×${size.height} pixels`;
}

function withChannels(map: MapShape, settings: OutputSettings): Omit<OutputPlan, 'isActivated'> {
  const { channels } = map;
  const { activation, anomalyScale, channel, classes } = settings;
  if (channels === 1 && activation === 'softmax' && settings.labels === undefined) {
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
  const fromLabels = withBackground(settings.labels, channels);
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

function withNumbers(map: MapShape, { channel, classes, labels }: OutputSettings): Omit<OutputPlan, 'isActivated'> {
  if (map.channels !== 1) throw refused('must have one channel where an output has class numbers', textOf(map.port));
  const own = labels === undefined || labels.includes(BACKGROUND) ? labels : [BACKGROUND, ...labels];
  return { ...map, channel, classes: channel === undefined ? (classes ?? own) : undefined };
}

function textOf({ name, elementType, shape }: Port): string {
  return `${name === '' ? '(unnamed)' : `"${name}"`} ${elementType} [${shape.join(',')}]`;
}

function refused(rule: string, found: string): ServiceError {
  return new ServiceError('ERR_MODEL_CONTRACT', `Cannot use the model as it ${rule}: it has ${found}`, {
    details: { expected: rule, found },
  });
}
