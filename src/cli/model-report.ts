/** What `model check` says of a model: its ports, and each setting with where it was taken from. */

import type { CompiledModel, Port } from '../engine/engine.js';
import { layoutOf, sizeOf } from '../engine/ports.js';
import type { LoadedModel } from '../model/load-model.js';
import { DEFAULT_SETTINGS, type ModelSettings } from '../model/settings.js';
import type { TaskPlan } from '../model/task-plan.js';
import type { TaskReader } from '../worker/postprocess/task-reader.js';

export interface ReportParts {
  readonly loaded: LoadedModel;
  readonly model: CompiledModel;
  readonly task: TaskReader;
}

type Row = readonly [name: string, value: string];

/** A row a port and a row a setting; a setting that nobody gave is there only where it says something. */
export function modelReport({ loaded, model, task }: ReportParts): readonly Row[] {
  const { spec, sources } = loaded;
  const { input, outputs, deviceName, precision } = model;
  const { plan, countedClasses } = task;
  const { width, height } = sizeOf(input);
  const rows = Object.entries(sources).flatMap(([name, said]): Row[] => {
    const key = name as keyof ModelSettings;
    const value = plan.settings[key];
    const source = said === 'default' ? unsaidSource(key, plan) : said;
    return value === undefined || source === undefined ? [] : [[key, `${textOf(value)}  (${source})`]];
  });
  const read = outputsRead(task);
  const counted = task.mapPlan?.classes ?? countedClasses;
  const classes: Row[] = counted.length === 0 ? [] : [['counts', counted.join(', ')]];
  return [
    ['model', `${spec.name}@${spec.version}  ${spec.path}`],
    ['input', `${portText(input)}  ${width}×${height} ${layoutOf(input) ?? ''}`],
    ...outputs.map((output, index): Row => ['output', `${portText(output)}${read.includes(index) ? '  (read)' : ''}`]),
    ...classes,
    ['device', `${deviceName}, ${precision}`],
    ...rows,
  ];
}

/** Where a setting is from that neither files nor the configuration give; undefined: it is not worth a row. */
function unsaidSource(key: keyof ModelSettings, plan: TaskPlan): string | undefined {
  if (key === 'task' || key === 'layout') return 'the shapes of the outputs';
  const isPlain = textOf(plan.settings[key]) === textOf(DEFAULT_SETTINGS[key]);
  if (isPlain) return key === 'threshold' ? 'default' : undefined;
  return `usual for ${plan.settings.layout ?? plan.task}`;
}

function outputsRead({ plan, mapPlan }: TaskReader): readonly number[] {
  if (mapPlan !== undefined) return [mapPlan.index];
  if ('shape' in plan) return plan.shape.uses;
  return 'output' in plan ? [plan.output] : [];
}

function textOf(value: ModelSettings[keyof ModelSettings]): string {
  if (value === undefined) return '–';
  if (Array.isArray(value)) return value.join(', ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function portText({ name, elementType, shape }: Port): string {
  return `${name === '' ? '(unnamed)' : name} ${elementType} [${shape.join(',')}]`;
}
