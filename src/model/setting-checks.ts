/**
 * Which values a setting can have, whoever gives it: the configuration, model.json or the model's own metadata. Every
 * setting in this table is a field of model.json, under its own name unless MANIFEST_FIELDS has another.
 */
import {
  type Bounds,
  type Check,
  checkChoice,
  checkFlag,
  checkLine,
  checkNumber,
  checkWhole,
  isMapping,
} from '../std/checks.js';
import { ACTIVATIONS, DECODINGS, INTERPOLATIONS, type ModelSettings, RESIZE_TYPES } from './settings.js';
import { LAYOUTS, TASKS } from './tasks.js';

/** More of them are no names that anybody gave. */
export const MAX_CLASSES = 1000;
const CLASS_NAME = /^[\p{L}\p{N}_](?:[\p{L}\p{N} _./+-]{0,62}[\p{L}\p{N}_./+-])?$/u;

/** Bounds of the settings that are numbers; the keys of the configuration have them from here. */
export const SETTING_BOUNDS = {
  threshold: { min: 0, max: 1 },
  channel: { min: 0, max: 65_535 },
  padValue: { min: 0, max: 255 },
  minRegionPixels: { min: 0, max: 67_108_864 },
  iouThreshold: { min: 0, max: 1 },
  maxObjects: { min: 1, max: 3000 },
  maskThreshold: { min: 0, max: 1 },
} as const satisfies Partial<Record<keyof ModelSettings, Bounds>>;

/** One number for all channels, or three. */
export const checkChannelNumbers: Check = (value) =>
  Array.isArray(value) && [1, 3].includes(value.length) && value.every(Number.isFinite)
    ? undefined
    : 'must be a list of one number for all channels, or of three';

/** The names of classes, in order. */
export const checkClasses: Check = (value) => {
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_CLASSES) {
    return `must be a list of 1 to ${MAX_CLASSES} names`;
  }
  if (value.some((name) => typeof name !== 'string' || name === '__proto__' || !CLASS_NAME.test(name))) {
    return 'must be names of 1 to 64 letters, digits, blanks or _ . / + -';
  }
  return new Set(value).size === value.length ? undefined : 'must be names that differ';
};

const checkSide = checkWhole({ min: 1, max: 65_536 });

/** The size of a picture in pixels. Entries other than width and height are for people. */
const checkSize: Check = (value) => {
  if (!isMapping(value)) return 'must be a mapping with width and height';
  for (const name of ['width', 'height']) {
    const fault = checkSide(value[name]);
    if (fault !== undefined) return `must have a ${name}, which ${fault}`;
  }
  return undefined;
};

export const SETTING_CHECKS = {
  inputSize: checkSize,
  reverseInputChannels: checkFlag,
  meanValues: checkChannelNumbers,
  scaleValues: checkChannelNumbers,
  resizeType: checkChoice(RESIZE_TYPES),
  interpolation: checkChoice(INTERPOLATIONS),
  decode: checkChoice(DECODINGS),
  padValue: checkWhole(SETTING_BOUNDS.padValue),
  output: checkLine(100),
  activation: checkChoice(ACTIVATIONS),
  channel: checkWhole(SETTING_BOUNDS.channel),
  classes: checkClasses,
  threshold: checkNumber(SETTING_BOUNDS.threshold),
  minRegionPixels: checkWhole(SETTING_BOUNDS.minRegionPixels),
  task: checkChoice(TASKS),
  layout: checkChoice(LAYOUTS),
  iouThreshold: checkNumber(SETTING_BOUNDS.iouThreshold),
  maxObjects: checkWhole(SETTING_BOUNDS.maxObjects),
  maskThreshold: checkNumber(SETTING_BOUNDS.maskThreshold),
  goodClasses: checkClasses,
  multilabel: checkFlag,
} as const satisfies Partial<Record<keyof ModelSettings, Check>>;

/** Fields of model.json that are not called as their setting. */
export const MANIFEST_FIELDS: Readonly<Partial<Record<keyof ModelSettings, string>>> = { inputSize: 'input' };
