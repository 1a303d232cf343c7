import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Port } from '../inference/engine.js';
import { layoutOf, sizeOf } from '../inference/model-contract.js';
import { writeSelfTest } from '../model/write-self-test.js';
import { type Prepared, prepareWorkers } from '../service/prepare.js';
import { type InspectorUnit, openInspector } from '../worker/create-inspector.js';
import { type Command, type CommandIo, type CommandValues, UsageError } from './command.js';
import { loadCommandConfig } from './load.js';

const SPEED_RUNS = 30;

export const model: Command = {
  usage: 'check DIR | golden DIR PICTURE [--config FILE]',
  summary: "Tests a model's folder, or writes its self-test entry.",
  about: [
    'check   ports, contract, speed on this machine, self-test; ends with 0 if the service would take it.',
    'golden  inspects PICTURE in f32 and writes what it gives into DIR/model.json: the service then compares at every start.',
    '        Look at the result first (flawline infer PICTURE --out DIR): what is recorded is what will count as right.',
  ].join('\n'),
  options: {},
  optionHelp: [],
  acceptsPositionals: true,
  async run(values, [action, folder, picture, ...rest], io) {
    if (action === 'check' && folder !== undefined && picture === undefined) return await check(folder, values, io);
    if (action === 'golden' && folder !== undefined && picture !== undefined && rest.length === 0) {
      return await golden(folder, picture, values, io);
    }
    throw new UsageError('model takes: check DIR, or: golden DIR PICTURE');
  },
};

async function check(folder: string, values: CommandValues, io: CommandIo): Promise<number> {
  const { prepared, unit } = await openModel(folder, values, {}, io);
  try {
    const { spec, warnings } = prepared.model;
    const { input, outputs, deviceName, precision } = unit.model;
    const { width, height } = sizeOf(input);
    const rows: [string, string][] = [
      ['model', `${spec.name}@${spec.version}  ${spec.path}`],
      ['input', `${portText(input)}  ${width}×${height} ${layoutOf(input) ?? ''}`],
      ...outputs.map((output): [string, string] => ['output', portText(output)]),
      ['device', `${deviceName}, ${precision}`],
      ['threshold', String(spec.threshold)],
      ['inference', `${medianInferenceMs(unit).toFixed(2)} ms, median of ${SPEED_RUNS}, one at a time`],
    ];
    for (const [name, value] of rows) io.stdout(`${name.padEnd(11)}${value}\n`);
    await unit.selfTest();
    io.stdout(`self-test  ${spec.selfTest ? 'passed' : 'steady on a made-up picture; model.json has no entry'}\n`);
    for (const warning of warnings) io.stdout(`warning    ${warning}\n`);
    return 0;
  } finally {
    unit.close();
  }
}

async function golden(folder: string, picture: string, values: CommandValues, io: CommandIo): Promise<number> {
  // Without an old entry: it may be what is to be replaced.
  const { prepared, unit } = await openModel(folder, values, { FLAWLINE_MODEL_PRECISION: 'f32' }, io);
  try {
    const path = resolve(io.cwd, picture);
    const bytes = await readFile(path).catch(() => {
      throw new UsageError(`There is no picture "${picture}"`);
    });
    const { measures, mask } = (await unit.inspector.inspectPicture(bytes)).segmentation;
    const recorded = {
      defect: measures.defect,
      maskSha256: createHash('sha256').update(mask).digest('hex'),
      whitePixels: mask.reduce((white, value) => white + (value === 0 ? 0 : 1), 0),
    };
    const file = await writeSelfTest(prepared.model.spec.path, path, recorded);
    io.stdout(
      `${file}: ${recorded.defect} defects, ${recorded.whitePixels} white pixels, mask ${recorded.maskSha256}\n`,
    );
    return 0;
  } finally {
    unit.close();
  }
}

async function openModel(
  folder: string,
  values: CommandValues,
  overrides: Readonly<Record<string, string>>,
  io: CommandIo,
): Promise<{ readonly prepared: Prepared; readonly unit: InspectorUnit }> {
  const { config } = loadCommandConfig(values, io, { ...overrides, FLAWLINE_MODEL_PATH: resolve(io.cwd, folder) });
  const prepared = await prepareWorkers(config, io);
  return { prepared, unit: await openInspector(prepared.setup) };
}

function medianInferenceMs({ request }: InspectorUnit): number {
  const times = Array.from({ length: SPEED_RUNS }, () => {
    const startMs = performance.now();
    request.infer();
    return performance.now() - startMs;
  });
  return times.sort((a, b) => a - b)[SPEED_RUNS >> 1] ?? Number.NaN;
}

function portText({ name, elementType, shape }: Port): string {
  return `${name === '' ? '(unnamed)' : name} ${elementType} [${shape.join(',')}]`;
}
