import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { ModelEntry } from '../catalogue/catalogue.js';
import type { Config } from '../config/config.js';
import { DEFAULT_ID } from '../domain/rule.js';
import type { CompiledModel, Port } from '../engine/engine.js';
import { layoutOf, sizeOf } from '../engine/ports.js';
import type { LoadedModel } from '../model/load-model.js';
import { DEFAULT_SETTINGS, type ModelSettings } from '../model/settings.js';
import type { TaskPlan } from '../model/task-plan.js';
import { writeSelfTest } from '../model/write-self-test.js';
import { crossCheckContours } from '../pool/one-shots.js';
import { type Prepared, prepareWorkers } from '../service/prepare.js';
import { defined } from '../std/defined.js';
import { type InspectorUnit, openInspector } from '../worker/open-inspector.js';
import type { TaskReader } from '../worker/postprocess/task-reader.js';
import { countedMasks } from '../worker/self-test.js';
import { type CommandIo, defineCommand } from './command.js';
import { loadCommandConfig } from './load.js';
import { changeVersion, VERSION_ACTIONS } from './model-versions.js';
import { type CommonValues, number, UsageError } from './options.js';
import { readPicture } from './pictures.js';

const SPEED_RUNS = 30;

type Values = Pick<CommonValues, 'config'>;

export const model = defineCommand({
  positionals: 'check|golden DIR [PICTURE] | candidate|promote|… ID [DIR]',
  summary: "Tests a model's folder, writes its self-test entry, or changes the version that runs.",
  about: [
    'DIR is a folder or file, or the id of one of `models`, which has its settings there.',
    'check: ports, task, settings and where each is from, speed on this machine, self-test; ends with 0 if the service would take it. ' +
      'With PICTURE also what it gives on that, drawn on it as PICTURE’s name with .checked.jpg in the working directory.',
    'golden: inspects PICTURE in f32 and writes what it gives into DIR/model.json: the service then compares at every start. ' +
      'Look at the result first (flawline infer PICTURE --out DIR): what is recorded is what will count as right.',
    'candidate, promote, discard, rollback: which version of a model the service on this machine runs. A candidate inspects the same pictures with time that nobody else wants, ' +
      'and how far the two agree is counted; promote has it take over between two pictures, discard ends it, rollback takes the version before. ' +
      'They need http.token, and end with 2 if the service refuses and goes on as it was.',
  ],
  options: {
    share: number('FRACTION', 'of the pictures that a candidate is to inspect, at most 1 (1)', { minimum: 0 }),
  },
  examples: [
    'model check models/mine part.jpg',
    'model golden models/mine part.jpg',
    'model candidate scratches models/new --share 0.2',
    'model rollback scratches',
  ],
  async run(values, [action, folder, picture, ...rest], io) {
    if (action === 'check' && folder !== undefined && rest.length === 0) {
      return await check({ folder, picture }, values, io);
    }
    if (action === 'golden' && folder !== undefined && picture !== undefined && rest.length === 0) {
      return await golden(folder, picture, values, io);
    }
    const version = VERSION_ACTIONS.find((known) => known === action);
    const { share } = values;
    if (version !== undefined && folder !== undefined && rest.length === 0) {
      if (version === 'candidate') {
        return await changeVersion({ action: version, id: folder, folder: picture, share }, values, io);
      }
      if (picture === undefined && share === undefined) {
        return await changeVersion({ action: version, id: folder, folder: undefined, share }, values, io);
      }
    }
    throw new UsageError(
      'model takes: check DIR, check DIR PICTURE, golden DIR PICTURE, candidate ID, candidate ID DIR, promote ID, discard ID, or: rollback ID',
    );
  },
});

async function check(
  { folder, picture }: { readonly folder: string; readonly picture: string | undefined },
  values: Values,
  io: CommandIo,
): Promise<number> {
  const { prepared, unit, timeoutFactor } = await openModel(folder, values, {}, io);
  try {
    const { spec, warnings } = prepared.model;
    const rows = [
      ...modelReport({ loaded: prepared.model, model: unit.model, task: unit.task }),
      ['inference', `${medianInferenceMs(unit).toFixed(2)} ms, median of ${SPEED_RUNS}, one at a time`] as const,
    ];
    const column = Math.max(11, ...rows.map(([name]) => name.length + 2));
    const line = (name: string, value: string) => io.stdout(`${name.padEnd(column)}${value}\n`);
    for (const [name, value] of rows) line(name, value);
    const counted = await unit.selfTest();
    if (counted !== undefined) await crossCheckContours(counted, { timeoutFactor });
    line(
      'self-test',
      spec.selfTest
        ? `passed${counted === undefined ? '' : ', OpenCV counts the same'}`
        : 'steady on a made-up picture; model.json has no entry',
    );
    if (picture !== undefined) for (const [name, value] of await tryPicture(unit, picture, io)) line(name, value);
    for (const warning of [...warnings, ...outputWarnings(unit, prepared.model.sources.scaleValues)])
      line('warning', warning);
    return 0;
  } finally {
    unit.close();
  }
}

async function tryPicture(
  { inspector }: InspectorUnit,
  picture: string,
  io: CommandIo,
): Promise<readonly (readonly [name: string, value: string])[]> {
  const { prediction } = await inspector.inspectPicture(await readPicture(resolve(io.cwd, picture)));
  const { defect, defects = {}, classes = {}, score } = prediction.measures;
  const file = resolve(io.cwd, `${basename(picture)}.checked.jpg`);
  await writeFile(file, await inspector.renderOverlay(prediction));
  const counts = Object.entries(defects).map(([name, count]) => `${name} ${count}`);
  const probabilities = Object.entries(classes).map(([name, value]) => `${name} ${value.toFixed(3)}`);
  return [
    ['picture', picture],
    ['defect', [String(defect), ...counts].join(', ')],
    ['score', score.toFixed(3)],
    ...(probabilities.length === 0 ? [] : [['classes', probabilities.join(', ')] as const]),
    ['drawn', file],
  ];
}

async function golden(folder: string, picture: string, values: Values, io: CommandIo): Promise<number> {
  // Without an old entry: it may be what is to be replaced.
  const { prepared, unit, timeoutFactor } = await openModel(folder, values, { precision: 'f32' }, io);
  try {
    const path = resolve(io.cwd, picture);
    const bytes = await readPicture(path);
    const { prediction } = await unit.inspector.inspectPicture(bytes);
    const { measures, mask } = prediction;
    const counted = countedMasks(prediction);
    if (counted !== undefined) await crossCheckContours(counted, { timeoutFactor });
    const recorded = {
      defect: measures.defect,
      ...defined({ defects: measures.defects }),
      maskSha256: createHash('sha256').update(mask).digest('hex'),
      whitePixels: mask.reduce((white, value) => white + (value === 0 ? 0 : 1), 0),
      ...(prediction.task === 'segmentation' ? {} : defined({ score: measures.score, classes: measures.classes })),
    };
    const file = await writeSelfTest(
      { path: prepared.model.spec.path, manifest: prepared.model.manifest },
      path,
      recorded,
    );
    io.stdout(
      `${file}: ${recorded.defect} defects, ${recorded.whitePixels} white pixels, mask ${recorded.maskSha256}\n`,
    );
    return 0;
  } finally {
    unit.close();
  }
}

/** @param name the id of a model of the configuration, or a folder or file, which has the settings of the section `model` */
async function openModel(
  name: string,
  values: Values,
  overrides: Partial<ModelEntry>,
  io: CommandIo,
): Promise<{ readonly prepared: Prepared; readonly unit: InspectorUnit; readonly timeoutFactor: number }> {
  const { config } = loadCommandConfig(values, io);
  const model = { ...entryOf(name, config, io), ...overrides };
  const prepared = await prepareWorkers({ ...config, models: [model], rules: [] }, io);
  return { prepared, unit: await openInspector(prepared.setup), timeoutFactor: config.limits.startTimeoutFactor };
}

function entryOf(name: string, { models }: Config, io: CommandIo): ModelEntry {
  const named = models.find(({ id }) => id === name && id !== DEFAULT_ID);
  if (named !== undefined) return named;
  const path = resolve(io.cwd, name);
  const ids = models.map(({ id }) => id).filter((id) => id !== DEFAULT_ID);
  if (ids.length > 0 && !existsSync(path)) {
    throw new UsageError(`model takes a folder, or one of the models ${ids.join(', ')}: ${JSON.stringify(name)}`);
  }
  const section = models.find(({ id }) => id === DEFAULT_ID) ?? PLAIN;
  return { ...section, path };
}

/** What the section `model` says where nobody gives it. */
const PLAIN: ModelEntry = {
  id: DEFAULT_ID,
  device: 'CPU',
  precision: 'f32',
  selfTestIntervalSeconds: 0,
  settings: {},
};

function medianInferenceMs({ request }: InspectorUnit): number {
  const times = Array.from({ length: SPEED_RUNS }, () => {
    const startMs = performance.now();
    request.infer();
    return performance.now() - startMs;
  });
  return times.sort((a, b) => a - b)[SPEED_RUNS >> 1] ?? Number.NaN;
}

/** After the self-test: what lets one doubt that the model is used as it is meant to be. */
function outputWarnings({ model, request, task: { mapPlan } }: InspectorUnit, scaleSource: string): readonly string[] {
  const warnings: string[] = [];
  const names = model.outputs.map(({ name }) => name);
  if (
    mapPlan !== undefined &&
    names.includes('anomaly_map') &&
    model.input.elementType === 'f32' &&
    scaleSource === 'default'
  ) {
    warnings.push(
      'Anomalib’s models take R G B of 0 to 1: "reverseInputChannels": true, "scaleValues": [255] in model.json',
    );
  }
  if (mapPlan === undefined) return warnings;
  const values = request.outputs[mapPlan.index] ?? new Float32Array();
  const least = values.reduce((a, b) => Math.min(a, b), 0);
  const most = values.reduce((a, b) => Math.max(a, b), 0);
  if (mapPlan.kind === 'values' && !mapPlan.isActivated && (least < -0.001 || most > 1.001)) {
    const range = `${least.toFixed(2)} to ${most.toFixed(2)}`;
    warnings.push(`the output goes from ${range}: no probabilities; of logits "activation" in model.json makes such`);
  }
  return warnings;
}

/** What `model check` says of a model: its ports, and each setting with where it was taken from. */
interface ReportParts {
  readonly loaded: LoadedModel;
  readonly model: CompiledModel;
  readonly task: TaskReader;
}

type Row = readonly [name: string, value: string];

/** A row a port and a row a setting; a setting that nobody gave is there only where it says something. */
function modelReport({ loaded, model, task }: ReportParts): readonly Row[] {
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
