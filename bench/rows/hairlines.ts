/** What the shipped model finds of thin lines in large pictures, by how a picture gets the model's size. */
import { availableParallelism } from 'node:os';
import { loadConfig } from '../../src/config/load.js';
import { prepareWorkers } from '../../src/service/prepare.js';
import { openInspector } from '../../src/worker/open-inspector.js';
import type { Bench } from '../bench.js';
import { drawPicture } from '../load/pictures.js';
import { figure, type Section } from '../report.js';
import { SURFACE_DEFECT } from './models.js';

const SIZE = { width: 4000, height: 3000 };
const LINES = [
  { thickness: 2, depth: 60 },
  { thickness: 4, depth: 60 },
  { thickness: 8, depth: 60 },
  { thickness: 8, depth: 20 },
] as const;
const WAYS = {
  linear: {},
  area: { FLAWLINE_MODEL_INTERPOLATION: 'area' },
  scaled: { FLAWLINE_MODEL_INTERPOLATION: 'area', FLAWLINE_MODEL_DECODE: 'scaled' },
} as const satisfies Readonly<Record<string, Readonly<Record<string, string>>>>;
type Way = keyof typeof WAYS;
const NAMES = Object.keys(WAYS) as Way[];
/** Clean pictures that may be called defective: the threshold of each way is set by it. */
const FALSE_ALARMS = 0.05;

/** Scores of pictures, by way. */
type Scores = Readonly<Record<Way, number[]>>;

export async function hairlines(bench: Bench): Promise<Section> {
  const units = await Promise.all(NAMES.map(openWay));
  const scoreAll = async (options: Omit<Parameters<typeof drawPicture>[0], 'seed' | 'spots' | 'width' | 'height'>) => {
    const scores: Scores = { linear: [], area: [], scaled: [] };
    for (let seed = 1; seed <= bench.count(40); seed += 1) {
      const picture = await drawPicture({ ...SIZE, seed, spots: 0, ...options });
      for (const [at, name] of NAMES.entries()) {
        const inspected = await units[at]?.inspector.inspectPicture(picture);
        scores[name].push(inspected?.prediction.measures.score ?? Number.NaN);
      }
    }
    return scores;
  };
  try {
    const clean = await scoreAll({});
    const limits = new Map(NAMES.map((name) => [name, limitOf(clean[name])]));
    const rows = [
      figure(
        'threshold at these false alarms',
        toRounds((name) => limits.get(name) ?? Number.NaN),
        { digits: 3 },
      ),
    ];
    for (const hairline of LINES) {
      const scores = await scoreAll({ hairline });
      const found = (name: Way) =>
        (100 * scores[name].filter((score) => score > (limits.get(name) ?? 1)).length) / scores[name].length;
      rows.push(
        figure(`found, %: ${hairline.thickness} pixels wide, ${hairline.depth} levels darker`, toRounds(found)),
      );
    }
    const notes = [
      `${clean.linear.length} pictures of 12 MP a row; ${100 * FALSE_ALARMS} % of the clean ones are above the threshold.`,
    ];
    return { id: 'hairlines', title: 'hairlines found, shipped model', columns: NAMES, rows, notes };
  } finally {
    for (const unit of units) unit.close();
  }
}

async function openWay(name: Way) {
  const env = { ...WAYS[name], FLAWLINE_MODEL_PATH: SURFACE_DEFECT };
  const cores = availableParallelism();
  const { config } = loadConfig({ env, cwd: '/', cores, hostname: 'bench', useDefaultFile: false });
  const { setup } = await prepareWorkers(config, { env, cwd: '/' });
  return await openInspector(setup);
}

/** Above it lies that share of the scores of clean pictures. */
function limitOf(scores: readonly number[]): number {
  const falling = scores.toSorted((a, b) => b - a);
  return falling[Math.floor(FALSE_ALARMS * falling.length)] ?? 1;
}

function toRounds(value: (name: Way) => number): ReadonlyMap<string, readonly number[]> {
  return new Map(NAMES.map((name) => [name, [value(name)]]));
}
