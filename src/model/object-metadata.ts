/**
 * What OpenVINO's Model API, OTX and getitune write of models that find objects or classify, becomes settings. Pure.
 * @see https://github.com/open-edge-platform/model_api
 */
import { defined } from '../std/defined.js';
import type { Metadata, MetadataFault, Reader } from './read-metadata.js';
import { checkClasses } from './setting-checks.js';
import type { LabelHierarchy, PartialModelSettings } from './settings.js';
import { OTHER_TASKS, type Task } from './tasks.js';

type Said = Pick<PartialModelSettings, 'task' | 'layout'>;

/** By `model_type`, in lower case. */
const MODEL_TYPES: Readonly<Record<string, Said>> = {
  segmentation: { task: 'segmentation' },
  anomalydetection: {},
  anomaly: {},
  anomaly_detection: {},
  ssd: { task: 'detection' },
  detr: { task: 'detection' },
  maskrcnn: { task: 'instance-segmentation' },
  classification: { task: 'classification' },
  yolox: { task: 'detection', layout: 'yolox' },
  // Model API's readers of "v5" and "v8" take the one shape that Ultralytics gives them all.
  yolov5: { task: 'detection', layout: 'yolo' },
  yolov8: { task: 'detection', layout: 'yolo' },
  yolo11: { task: 'detection', layout: 'yolo' },
  'yolo-seg': { task: 'instance-segmentation' },
  // Ultralytics writes it for every task: metadata.yaml or the shape says which.
  yolo: {},
};
const TASK_TYPES: Readonly<Record<string, Task>> = {
  detection: 'detection',
  instance_segmentation: 'instance-segmentation',
  classification: 'classification',
};
/** Of instance models: a label that no object has. */
const EMPTY_LABEL = /^(otx|getitune)_empty_lbl$/;

/** A task that is not done here is noted as a fault, by name. */
export function taskOf(metadata: Metadata, faults: MetadataFault[]): Said {
  const type = metadata.get('model_type');
  const said = type === undefined ? {} : MODEL_TYPES[type.toLowerCase()];
  if (said === undefined) {
    faults.push({
      text: `model_type must be Segmentation, AnomalyDetection, ssd, MaskRCNN, Classification, YOLO, YOLO11, YOLO-seg or YOLOX: ${type}`,
    });
  }
  const taskType = metadata.get('task_type')?.toLowerCase();
  const other = taskType === undefined ? undefined : OTHER_TASKS[taskType];
  if (other !== undefined)
    faults.push({
      text: `task_type must be one that is done here, and ${other} are not: ${metadata.get('task_type')}`,
    });
  const task = taskType === undefined ? undefined : TASK_TYPES[taskType];
  return { ...defined({ task }), ...said };
}

export function objectSettings(read: Reader, metadata: Metadata, faults: MetadataFault[]): PartialModelSettings {
  const names = namesOf(metadata);
  const labels = EMPTY_LABEL.test(names?.[0] ?? '') ? names?.slice(1) : names;
  const fault = labels === undefined ? undefined : checkClasses(labels);
  if (fault !== undefined) {
    faults.push({ setting: 'labels', text: `labels ${fault}: ${labels?.join(' ').slice(0, 200)}` });
  }
  return defined({
    labels: fault === undefined ? labels : undefined,
    threshold: read.fraction('confidence_threshold'),
    iouThreshold: read.fraction('iou_threshold'),
    suppressesBoxes: read.flag('nms_execute'),
    multilabel: read.flag('multilabel'),
    hierarchy: read.flag('hierarchical') === true ? hierarchyOf(metadata, faults) : undefined,
  });
}

/** `label_info` has the names as they are, `labels` has `_` for their blanks. */
function namesOf(metadata: Metadata): readonly string[] | undefined {
  const names = objectIn(metadata.get('label_info'))?.['label_names'];
  if (Array.isArray(names) && names.length > 0) return names.map(String);
  const labels = (metadata.get('labels') ?? '').split(/\s+/).filter((label) => label !== '');
  return labels.length === 0 ? undefined : labels;
}

function hierarchyOf(metadata: Metadata, faults: MetadataFault[]): LabelHierarchy | undefined {
  const config = objectIn(metadata.get('hierarchical_config'));
  const heads = config?.['cls_heads_info'];
  const hierarchy = isObject(heads) ? readHierarchy(heads, config?.['label_tree_edges']) : undefined;
  if (hierarchy === undefined) {
    faults.push({
      text: 'hierarchical_config must have groups and numbers of labels, as OTX writes them: it has none',
    });
  }
  return hierarchy;
}

function readHierarchy(heads: Readonly<Record<string, unknown>>, edges: unknown): LabelHierarchy | undefined {
  const { head_idx_to_logits_range: ranges, num_single_label_classes: single } = heads;
  const { class_to_group_idx: places, label_to_idx: numbers } = heads;
  if (!isObject(ranges) || !isObject(places) || !isObject(numbers) || typeof single !== 'number') return undefined;
  const groups = Object.values(ranges).map((range) => {
    const [start, end] = Array.isArray(range) ? range.map(Number) : [];
    return { start: start ?? 0, end: end ?? 0 };
  });
  const count = Object.keys(numbers).length;
  const classOf = new Array<number>(count).fill(-1);
  for (const [name, place] of Object.entries(places)) {
    const [group, within] = Array.isArray(place) ? place.map(Number) : [];
    const start = group === undefined ? Number.NaN : (groups[group]?.start ?? single);
    classOf[start + (within ?? Number.NaN)] = Number(numbers[name]);
  }
  if (classOf.length !== count || classOf.some((number) => !(number >= 0 && number < count))) return undefined;
  const parents = new Array<number>(count).fill(-1);
  for (const edge of Array.isArray(edges) ? edges : []) {
    const [child, parent] = Array.isArray(edge) ? edge.map(String) : [];
    const number = Number(numbers[child ?? '']);
    if (number >= 0 && number < count) parents[number] = Number(numbers[parent ?? ''] ?? -1);
  }
  return { groups, multilabelFrom: single, classOf, parents };
}

function objectIn(text: string | undefined): Readonly<Record<string, unknown>> | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
