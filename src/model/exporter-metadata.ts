/**
 * What Ultralytics and the YOLOv5 repository say of a model: in a YAML file beside an IR, in the properties of an ONNX file. Their
 * own entries, not those of OpenVINO's Model API, of which they write `model_type` YOLO for every task. Pure.
 */
import { defined } from '../std/defined.js';
import { loadYaml } from '../std/yaml.js';
import type { MetadataFault, MetadataSettings } from './read-metadata.js';
import { checkClasses } from './setting-checks.js';
import type { PartialModelSettings } from './settings.js';
import { OTHER_TASKS, type Task } from './tasks.js';

const TASKS: Readonly<Record<string, Task>> = {
  detect: 'detection',
  segment: 'instance-segmentation',
  classify: 'classification',
};
/** Ultralytics' own input: R G B of 0 to 1; only classifiers do without a letterbox. */
const COLOURS: PartialModelSettings = { reverseInputChannels: true, scaleValues: [255] };
const LETTERBOX: PartialModelSettings = { resizeType: 'fit_to_window_letterbox', padValue: 114 };
const SHORTER_EDGE: PartialModelSettings = { resizeType: 'shorter_edge_crop' };
const STRIDE = 32;

/** Entries by name, as text or as YAML made them. */
export type ExporterEntries = Readonly<Record<string, unknown>>;

/** Undefined: the text is no such file. */
export function parseExporterYaml(text: string): ExporterEntries | undefined {
  try {
    const root: unknown = loadYaml().parse(text, { maxAliasCount: 0, logLevel: 'silent' });
    return typeof root === 'object' && root !== null && !Array.isArray(root) ? (root as ExporterEntries) : undefined;
  } catch {
    return undefined;
  }
}

/** Undefined when these are not the entries of these exporters. */
export function exporterSettings(entries: ExporterEntries): MetadataSettings | undefined {
  const { task, names, stride } = entries;
  if (names === undefined || stride === undefined) return undefined;
  const faults: MetadataFault[] = [];
  const labels = namesOf(names);
  const labelsFault = labels === undefined ? 'must be names by number' : checkClasses(labels);
  if (labelsFault !== undefined) {
    faults.push({ setting: 'labels', text: `names ${labelsFault}: ${JSON.stringify(names).slice(0, 200)}` });
  }
  const known = defined({ labels: labelsFault === undefined ? labels : undefined });
  // The YOLOv5 repository writes nothing but these two.
  if (task === undefined) return { settings: { layout: 'yolov5', task: 'detection', ...known }, faults, warnings: [] };
  const found = TASKS[String(task)];
  if (found === undefined) faults.push({ text: refusedTask(String(task)) });
  return {
    settings: {
      ...known,
      ...defined({ task: found, inputSize: sizeOf(entries['imgsz']) }),
      ...COLOURS,
      ...(found === 'classification' ? SHORTER_EDGE : LETTERBOX),
    },
    faults,
    warnings: [],
  };
}

function refusedTask(task: string): string {
  const words = OTHER_TASKS[task.toLowerCase()];
  return `task must be ${Object.keys(TASKS).join(', ')}${words === undefined ? '' : `, and ${words} are not done here`}: ${task}`;
}

/** A list, an object by number, or that object as Python writes it: {0: 'scratch', 1: "big dent"}. */
function namesOf(names: unknown): readonly string[] | undefined {
  const value = typeof names === 'string' ? pythonNames(names) : names;
  if (Array.isArray(value)) return value.map(String);
  if (typeof value !== 'object' || value === null) return undefined;
  const byNumber = Object.entries(value).sort(([a], [b]) => Number(a) - Number(b));
  return byNumber.every(([key], index) => Number(key) === index) ? byNumber.map(([, name]) => String(name)) : undefined;
}

function pythonNames(text: string): Record<string, string> | undefined {
  const entry = /\s*(\d+)\s*:\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\s*(?:,|(?=\}))/y;
  const names: Record<string, string> = {};
  const body = text.trim();
  if (!body.startsWith('{') || !body.endsWith('}')) return undefined;
  entry.lastIndex = 1;
  while (entry.lastIndex < body.length - 1) {
    const match = entry.exec(body);
    if (match === null) return undefined;
    names[match[1] ?? ''] = (match[2] ?? match[3] ?? '').replace(/\\(.)/g, '$1');
  }
  return names;
}

/** [height, width], one number for both, or the list as text; whole strides, as the network needs them. */
function sizeOf(imgsz: unknown): PartialModelSettings['inputSize'] {
  const numbers = (Array.isArray(imgsz) ? imgsz : (String(imgsz ?? '').match(/\d+/g) ?? [])).map(Number);
  const [height, width = height] = numbers;
  if (height === undefined || width === undefined || !(height > 0 && width > 0)) return undefined;
  const whole = (side: number) => Math.ceil(side / STRIDE) * STRIDE;
  return { width: whole(width), height: whole(height) };
}
