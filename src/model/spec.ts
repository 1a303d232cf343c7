/** What is known of a model before it is compiled. */
import type { PartialModelSettings } from './settings.js';

/** The self-test entry of a model.json: one picture and what it must give. */
export interface SelfTestSpec {
  /** Absolute path of the picture. */
  readonly picture: string;
  readonly defect: number;
  /** The count of each class of a model with classes. */
  readonly defects?: Readonly<Record<string, number>>;
  /** sha256 of the mask's bytes (0 or 255, row by row) in f32; compared only when the device runs f32. */
  readonly maskSha256: string;
  /** White pixels of the mask in f32: other precisions may differ by up to 2 % of the mask's pixels. */
  readonly whitePixels: number;
  /** The picture's score in f32, 0..1; not of a map, whose mask says more. */
  readonly score?: number;
  /** The probability of each class of a classifier in f32, 0..1. */
  readonly classes?: Readonly<Record<string, number>>;
}

/** A model that was found and read about, not yet compiled. */
export interface ModelSpec {
  readonly name: string;
  readonly version: string;
  /** Absolute path of the .xml or .onnx file. */
  readonly path: string;
  /** A pixel, an object or a class counts where its probability is greater, 0..1; absent: as is usual for the task. */
  readonly threshold?: number;
  /** What differs from DEFAULT_SETTINGS in how pictures go in and masks come out. */
  readonly settings?: Omit<PartialModelSettings, 'threshold'>;
  readonly selfTest?: SelfTestSpec;
}
