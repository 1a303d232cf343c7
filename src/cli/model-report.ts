/** What `model check` says of a model: its ports, and each setting with where it was taken from. */

import type { CompiledModel, Port } from '../engine/engine.js';
import { layoutOf, sizeOf } from '../engine/ports.js';
import type { LoadedModel } from '../model/load-model.js';
import type { OutputPlan } from '../model/output-plan.js';
import { DEFAULT_SETTINGS, type ModelSettings } from '../model/settings.js';

export interface ReportParts {
  readonly loaded: LoadedModel;
  readonly model: CompiledModel;
  readonly plan: OutputPlan;
}

type Row = readonly [name: string, value: string];

/** A row a port and a row a setting; a setting that nobody gave is there only where it says something. */
export function modelReport({ loaded, model, plan }: ReportParts): readonly Row[] {
  const { spec, sources } = loaded;
  const { input, outputs, deviceName, precision } = model;
  const { width, height } = sizeOf(input);
  const settings: ModelSettings = { ...DEFAULT_SETTINGS, ...spec.settings, threshold: spec.threshold };
  const rows = Object.entries(sources).flatMap(([key, source]): Row[] => {
    const value = textOf(settings[key as keyof ModelSettings]);
    return source === 'default' && key !== 'threshold' ? [] : [[key, `${value}  (${source})`]];
  });
  const classes = plan.classes === undefined ? [] : [['counts', plan.classes.join(', ')] as const];
  return [
    ['model', `${spec.name}@${spec.version}  ${spec.path}`],
    ['input', `${portText(input)}  ${width}×${height} ${layoutOf(input) ?? ''}`],
    ...outputs.map((output, index): Row => ['output', `${portText(output)}${index === plan.index ? '  (read)' : ''}`]),
    ...classes,
    ['device', `${deviceName}, ${precision}`],
    ...rows,
  ];
}

function textOf(value: ModelSettings[keyof ModelSettings]): string {
  if (value === undefined) return '–';
  if (Array.isArray(value)) return value.join(', ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function portText({ name, elementType, shape }: Port): string {
  return `${name === '' ? '(unnamed)' : name} ${elementType} [${shape.join(',')}]`;
}
