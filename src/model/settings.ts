/**
 * How a picture becomes a model's input, and how a mask is read from its output: every setting that a model or its user may
 * say something about. One flat list, so that each setting has a value, a source and a line in docs/models.md.
 */
import type { Size } from '../domain/size.js';

/** What is still to be done to make probabilities of the output. */
export const ACTIVATIONS = ['none', 'sigmoid', 'softmax'] as const;
export type Activation = (typeof ACTIVATIONS)[number];

/** How a picture gets the model's size; names of OpenVINO's Model API. */
export const RESIZE_TYPES = ['standard', 'fit_to_window', 'fit_to_window_letterbox', 'crop'] as const;
export type ResizeType = (typeof RESIZE_TYPES)[number];

/** The value of an anomaly map that stands for 0.5, and how many of its units are 1. */
export interface AnomalyScale {
  readonly middle: number;
  readonly unit: number;
}

/** Undefined: nobody said anything, and the model must not need it. */
export interface ModelSettings {
  /** For an input that leaves height or width open. */
  readonly inputSize: Size | undefined;
  /** The model wants R G B; pictures are B G R. */
  readonly reverseInputChannels: boolean;
  /** Taken off each channel, in the model's channel order; empty: nothing. One number stands for all channels. */
  readonly meanValues: readonly number[];
  /** Each channel is then divided by it; empty: nothing. */
  readonly scaleValues: readonly number[];
  readonly resizeType: ResizeType;
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
  /** A pixel is white where its probability is greater. */
  readonly threshold: number;
  /** Regions of fewer pixels are taken out of the mask; 0: none. */
  readonly minRegionPixels: number;
}

/** What one source says; what it does not mention is left to the next one. */
export type PartialModelSettings = { readonly [K in keyof ModelSettings]?: Exclude<ModelSettings[K], undefined> };

/** What holds when nobody says anything: the plain model of the function that this service replaced. */
export const DEFAULT_SETTINGS: ModelSettings = {
  inputSize: undefined,
  reverseInputChannels: false,
  meanValues: [],
  scaleValues: [],
  resizeType: 'standard',
  padValue: 0,
  output: undefined,
  activation: 'none',
  anomalyScale: undefined,
  channel: undefined,
  classes: undefined,
  labels: undefined,
  threshold: 0.5,
  minRegionPixels: 0,
};

/** The class that is no defect. */
export const BACKGROUND = 'background';
