/**
 * How a picture becomes a model's input, and how a mask is read from its output: every setting that a model or its user may
 * say something about. One flat list, so that each setting has a value, a source and a line in docs/models.md.
 */
import type { Size } from '../domain/size.js';
import type { ObjectLayout, Task } from './tasks.js';

/** What is still to be done to make probabilities of the output. */
export const ACTIVATIONS = ['none', 'sigmoid', 'softmax'] as const;
type Activation = (typeof ACTIVATIONS)[number];

/** How a picture gets the model's size; names of OpenVINO's Model API. */
export const RESIZE_TYPES = [
  'standard',
  'fit_to_window',
  'fit_to_window_letterbox',
  'fit_to_window_floor',
  'crop',
  'shorter_edge_crop',
] as const;
export type ResizeType = (typeof RESIZE_TYPES)[number];

/** Which pixels count when a picture is made smaller: two by two as OpenCV's INTER_LINEAR, or all as Pillow's BILINEAR. */
export const INTERPOLATIONS = ['linear', 'area'] as const;

/** Whether a JPEG may be decoded at a half, a quarter or an eighth of its size. */
export const DECODINGS = ['exact', 'scaled'] as const;

/** The value of an anomaly map that stands for 0.5, and how many of its units are 1. */
interface AnomalyScale {
  readonly middle: number;
  readonly unit: number;
}

/** Labels of a classifier that belong together, and which stand above which; as OTX writes it down. */
export interface LabelHierarchy {
  /** Ranges of the output whose numbers exclude each other. */
  readonly groups: readonly { readonly start: number; readonly end: number }[];
  /** From here on every number is a label by itself. */
  readonly multilabelFrom: number;
  /** The class number of each place of the output. */
  readonly classOf: readonly number[];
  /** By class number, the class that it is a part of; -1: none. */
  readonly parents: readonly number[];
}

/** Undefined: nobody said anything, and the model must not need it. */
export interface ModelSettings {
  /** What the model is asked for. */
  readonly task: Task | undefined;
  /** How the outputs of a detector lie. */
  readonly layout: ObjectLayout | undefined;
  /** For an input that leaves height or width open. */
  readonly inputSize: Size | undefined;
  /** The model wants R G B; pictures are B G R. */
  readonly reverseInputChannels: boolean;
  /** Taken off each channel, in the model's channel order; empty: nothing. One number stands for all channels. */
  readonly meanValues: readonly number[];
  /** Each channel is then divided by it; empty: nothing. */
  readonly scaleValues: readonly number[];
  readonly resizeType: ResizeType;
  /** Undefined: area for shorter_edge_crop, else linear. */
  readonly interpolation: (typeof INTERPOLATIONS)[number] | undefined;
  readonly decode: (typeof DECODINGS)[number];
  /** Of the border that fit_to_window and fit_to_window_letterbox add, 0..255. */
  readonly padValue: number;
  /** Name of the output that is read. */
  readonly output: string | undefined;
  readonly activation: Activation;
  /** Present: the output is an anomaly map in units of its own. */
  readonly anomalyScale: AnomalyScale | undefined;
  /** The one channel of the output that is read. */
  readonly channel: number | undefined;
  /** Names of the output's channels in order; `background` is no defect. */
  readonly classes: readonly string[] | undefined;
  /** Names that the model itself has for them, perhaps without the background; taken where they fit. */
  readonly labels: readonly string[] | undefined;
  /** A pixel, an object or a class counts where its probability is greater. */
  readonly threshold: number;
  /** Of two boxes that overlap by more than this the one with the lower score goes. */
  readonly iouThreshold: number | undefined;
  /** The file says that the reader has to compare boxes: its graph does not. */
  readonly suppressesBoxes: boolean | undefined;
  /** Objects of one picture, the best ones. */
  readonly maxObjects: number | undefined;
  /** A pixel of an object's mask is white where its probability is greater. */
  readonly maskThreshold: number;
  /** Classes that are no defects. */
  readonly goodClasses: readonly string[] | undefined;
  /** Several labels of a classifier may hold at once. */
  readonly multilabel: boolean;
  readonly hierarchy: LabelHierarchy | undefined;
  /** Regions of fewer pixels are taken out of the mask; 0: none. */
  readonly minRegionPixels: number;
}

/** What one source says; what it does not mention is left to the next one. */
export type PartialModelSettings = { readonly [K in keyof ModelSettings]?: Exclude<ModelSettings[K], undefined> };

/** What holds when nobody says anything: the plain model of the function that this service replaced. */
export const DEFAULT_SETTINGS: ModelSettings = {
  task: undefined,
  layout: undefined,
  inputSize: undefined,
  reverseInputChannels: false,
  meanValues: [],
  scaleValues: [],
  resizeType: 'standard',
  interpolation: undefined,
  decode: 'exact',
  padValue: 0,
  output: undefined,
  activation: 'none',
  anomalyScale: undefined,
  channel: undefined,
  classes: undefined,
  labels: undefined,
  threshold: 0.5,
  iouThreshold: undefined,
  suppressesBoxes: undefined,
  maxObjects: undefined,
  maskThreshold: 0.5,
  goodClasses: undefined,
  multilabel: false,
  hierarchy: undefined,
  minRegionPixels: 0,
};

/** The class that is no defect. */
export const BACKGROUND = 'background';

/**
 * What configuration, model.json and the model's own metadata say, in this order, becomes one set of settings. Pure.
 */
type SettingSource = 'configuration' | 'model.json' | 'metadata.yaml' | 'properties' | 'rt_info' | 'default';

export interface ResolvedSettings {
  readonly settings: ModelSettings;
  /** Where each value was taken from. */
  readonly sources: Readonly<Record<keyof ModelSettings, SettingSource>>;
}

/** The strongest first. */
type SettingsBySource = readonly (readonly [source: Exclude<SettingSource, 'default'>, given: PartialModelSettings])[];

/** One source decides on all of them: a channel of the configuration does away with the classes of a model. */
const TOGETHER: readonly (readonly (keyof ModelSettings)[])[] = [['channel', 'classes', 'labels']];

export function resolveSettings(given: SettingsBySource): ResolvedSettings {
  const settings: Record<string, unknown> = { ...DEFAULT_SETTINGS };
  const sources: Record<string, SettingSource> = {};
  for (const key of Object.keys(DEFAULT_SETTINGS) as (keyof ModelSettings)[]) {
    const group = TOGETHER.find((keys) => keys.includes(key)) ?? [key];
    const found = given.find(([, values]) => group.some((name) => values[name] !== undefined));
    const value = found?.[1][key];
    if (found === undefined || value === undefined) {
      sources[key] = 'default';
      continue;
    }
    settings[key] = value;
    sources[key] = found[0];
  }
  if (sources['threshold'] === 'rt_info' && settings['threshold'] === 0 && !isLargestTaken(settings)) {
    settings['threshold'] = DEFAULT_SETTINGS.threshold;
    sources['threshold'] = 'default';
  }
  return { settings: settings as unknown as ModelSettings, sources: sources as ResolvedSettings['sources'] };
}

/** Metadata's threshold 0 leaves it to the largest channel. Of a channel by itself every pixel is above it. */
function isLargestTaken({ channel, activation }: Partial<ModelSettings>): boolean {
  return channel === undefined && activation !== 'sigmoid';
}

/** Only what somebody said: nothing of a model that is used as it is. */
export function givenOf(settings: ModelSettings, sources: ResolvedSettings['sources']): PartialModelSettings {
  return Object.fromEntries(
    Object.entries(settings).filter(([key]) => sources[key as keyof ModelSettings] !== 'default'),
  );
}
