/**
 * The words of OpenVINO's Model API, as Geti, Anomalib and OTX write them into a model and DL Streamer reads them,
 * become settings. Pure. What would change the answer and is not done here is refused by name.
 * @see https://dlstreamer.github.io/dev_guide/model_info_xml.html
 */

import { defined } from '../std/defined.js';
import { objectSettings, taskOf } from './object-metadata.js';
import {
  createReader,
  type Metadata,
  type MetadataFault,
  type MetadataSettings,
  type Reader,
} from './read-metadata.js';
import { checkClasses } from './setting-checks.js';
import { BACKGROUND, INTERPOLATIONS, type PartialModelSettings, RESIZE_TYPES } from './settings.js';

/** Entries that leave everything as it is only with these values; anything else is not done here. */
const ONLY: Readonly<Record<string, readonly string[]>> = {
  input_dtype: ['u8'],
  intensity_mode: ['none', 'scale_to_unit'],
};
const ANOMALIES = ['anomalydetection', 'anomaly', 'anomaly_detection'];

export function settingsOf(metadata: Metadata): MetadataSettings {
  const faults: MetadataFault[] = [];
  const warnings: string[] = [];
  const read = createReader(metadata, faults);
  const type = metadata.get('model_type')?.toLowerCase();
  const said = taskOf(metadata, faults);
  // Ultralytics writes this type for every task; of all of them only classifiers do without a letterbox.
  const isClassifier = type === 'yolo' && !metadata.has('resize_type');
  for (const [name, allowed] of Object.entries(ONLY)) {
    const value = metadata.get(name);
    if (value !== undefined && !allowed.includes(value.toLowerCase())) {
      faults.push({ text: `${name} must be ${allowed.join(' or ')}: ${value}` });
    }
  }
  const isOfTrainer = metadata.has('otx_version') || metadata.has('getitune_version');
  const isObjects = said.task !== undefined && said.task !== 'segmentation';
  if (read.flag('reverse_input_channels') === false && isOfTrainer && !isObjects) {
    warnings.push(
      'reverse_input_channels is False, so it gets B G R; a model that OTX trained on R G B needs reverseInputChannels: true in model.json',
    );
  }
  if (metadata.has('tile_size')) {
    warnings.push('tile_size says that the model was trained on tiles; here the whole picture is inspected');
  }
  const isAnomaly = type !== undefined && ANOMALIES.includes(type);
  const settings = {
    ...sizeSettings(read),
    // Else resizing and normalising are in the graph already.
    ...(read.flag('embedded_processing') === true ? {} : inputSettings(read, metadata, faults)),
    // These trainers hand in R G B themselves, and say whether that is to be turned around.
    ...(isOfTrainer && isObjects ? { reverseInputChannels: read.flag('reverse_input_channels') !== true } : {}),
    ...(isAnomaly
      ? anomalySettings(read, faults)
      : isObjects
        ? { ...said, ...objectSettings(read, metadata, faults) }
        : { ...said, ...segmentationSettings(read, metadata, faults) }),
    ...(isClassifier ? { task: 'classification' as const, resizeType: 'shorter_edge_crop' as const } : {}),
  };
  return { settings, faults, warnings };
}

function sizeSettings(read: Reader): PartialModelSettings {
  const width = read.number('orig_width');
  const height = read.number('orig_height');
  return width === undefined || height === undefined ? {} : { inputSize: { width, height } };
}

function inputSettings(read: Reader, metadata: Metadata, faults: MetadataFault[]): PartialModelSettings {
  const reverse = read.flag('reverse_input_channels');
  const mean = read.numbers('mean_values');
  const scale = read.numbers('scale_values');
  const pad = read.byte('pad_value');
  const resize = oneOf(RESIZE_TYPES, 'resizeType', 'resize_type', { metadata, faults });
  const interpolation = oneOf(INTERPOLATIONS, 'interpolation', 'interpolation_mode', { metadata, faults });
  // Values are divided by this before the others are applied: folded into them.
  const unit =
    metadata.get('intensity_mode')?.toLowerCase() === 'scale_to_unit' ? (read.number('intensity_max_value') ?? 255) : 1;
  const scaled = unit === 1 ? scale : (scale ?? [1]).map((value) => value * unit);
  return {
    ...defined({ reverseInputChannels: reverse }),
    ...(mean === undefined ? {} : { meanValues: mean.map((value) => value * unit) }),
    ...defined({ scaleValues: scaled, resizeType: resize, interpolation, padValue: pad }),
  };
}

/** What an entry says in one of a few words. */
function oneOf<Choice extends string>(
  choices: readonly Choice[],
  setting: keyof PartialModelSettings,
  entry: string,
  { metadata, faults }: { readonly metadata: Metadata; readonly faults: MetadataFault[] },
): Choice | undefined {
  const text = metadata.get(entry);
  const found = choices.find((choice) => choice === text?.toLowerCase());
  if (text !== undefined && found === undefined) {
    faults.push({ setting, text: `${entry} must be ${choices.join(' or ')}: ${text}` });
  }
  return found;
}

/**
 * Model API takes the largest channel when `blur_strength` is -1 or `soft_threshold` is infinite, else only where it
 * reaches `soft_threshold`, after a blur of that size.
 */
function segmentationSettings(read: Reader, metadata: Metadata, faults: MetadataFault[]): PartialModelSettings {
  const labels = metadata
    .get('labels')
    ?.split(/\s+/)
    .filter((label) => label !== '');
  const blur = read.number('blur_strength');
  const soft = read.numberOrInfinity('soft_threshold');
  if (blur !== undefined && blur > 1) {
    faults.push({ setting: 'activation', text: `blur_strength must be -1 or 1, as nothing is blurred here: ${blur}` });
  }
  const hasModelApi = blur !== undefined || soft !== undefined;
  const isHard = blur === undefined || blur === -1 || soft === undefined || !Number.isFinite(soft);
  const labelsFault = labels === undefined || labels.length === 0 ? undefined : checkClasses(labels);
  if (labelsFault !== undefined) {
    faults.push({ setting: 'labels', text: `labels ${labelsFault}: ${metadata.get('labels')?.slice(0, 200)}` });
  }
  return {
    ...(labels === undefined || labels.length === 0 || labelsFault !== undefined
      ? {}
      : { labels: labels.map(plainName) }),
    ...(!hasModelApi ? {} : isHard ? { activation: 'softmax', threshold: 0 } : { threshold: soft }),
  };
}

/** OTX has a name of its own for it. */
function plainName(label: string): string {
  return /^(otx_)?background(_lbl)?$/i.test(label) ? BACKGROUND : label;
}

/** The threshold of raw maps becomes 0.5, as Model API normalises them. */
function anomalySettings(read: Reader, faults: MetadataFault[]): PartialModelSettings {
  const middle = read.number('pixel_threshold');
  const unit = read.number('normalization_scale');
  if (middle === undefined) return {};
  if (unit !== undefined && unit <= 0) {
    faults.push({ text: `normalization_scale must be a number above 0: ${unit}` });
    return {};
  }
  return { anomalyScale: { middle, unit: unit ?? 1 } };
}
