/** How the cost of a message grows with the picture and with the model: measured sizes against a straight line. */

import { convolutions, writeIr } from '../../test/support/engine/ir.js';
import { makeTemporaryFolder } from '../../test/support/temporary-folder.js';
import type { Bench } from '../bench.js';
import { warmUp } from '../measure.js';
import { figure, median, type Section } from '../report.js';
import { startFlawline } from '../subjects/flawline.js';
import { withSubjects } from '../subjects/subject.js';
import { TEST_UNET } from './models.js';
import { cpuMsOf, inTurns, perSecondOf, roundsOf, type Turns } from './turns.js';

/** 4:3. */
const SIZES = [
  { width: 368, height: 272, count: 300 },
  { width: 1152, height: 864, count: 200 },
  { width: 2304, height: 1728, count: 100 },
  { width: 4000, height: 3000, count: 40 },
] as const;
const PICTURES = 4;
/** Convolutions of 16 channels between the first and the last. */
const DEPTHS = [1, 4, 16] as const;

export async function pixels(bench: Bench): Promise<Section> {
  const settings = { port: bench.broker.port, precision: 'f32', model: TEST_UNET } as const;
  await using service = await startFlawline({ ...settings, name: 'flawline' });
  const variants = [];
  const sizes: number[] = [];
  for (const { count, ...size } of SIZES) {
    const pictures = await bench.draw({ ...size, count: PICTURES, spots: 6 });
    await warmUp(bench, service, pictures, sizes.length === 0 ? undefined : 6 * PICTURES);
    const megapixels = (size.width * size.height) / 1e6;
    sizes.push(megapixels);
    const load = { pictures, count: bench.count(count), pace: { window: 12 } };
    variants.push({ column: `${megapixels.toFixed(1)} MP`, subject: service, load });
  }
  const turns = await inTurns(bench, variants);
  return growth({ id: 'pixels', title: 'pictures as they grow, f32', unit: 'megapixel' }, sizes, turns);
}

export async function flops(bench: Bench): Promise<Section> {
  await using folder = await makeTemporaryFolder();
  const models = DEPTHS.map((depth) => {
    const { ir, gigaflop } = convolutions({ depth, channels: 16, size: 256 });
    return { gigaflop, model: writeIr(folder.path, `depth-${depth}`, ir) };
  });
  const settings = { port: bench.broker.port, precision: 'f32' } as const;
  const starts = models.map(
    ({ model, gigaflop }) =>
      () =>
        startFlawline({ ...settings, model, name: `${gigaflop.toFixed(1)} GFLOP` }),
  );
  return await withSubjects(starts, async (subjects) => {
    const { pictures } = bench;
    for (const subject of subjects) await warmUp(bench, subject, pictures);
    const turns = await inTurns(
      bench,
      subjects.map((subject) => ({
        column: subject.name,
        subject,
        load: { pictures, count: bench.count(120), pace: { window: 12 } },
      })),
    );
    const sizes = models.map(({ gigaflop }) => gigaflop);
    return growth({ id: 'flops', title: 'models as they grow, f32', unit: 'GFLOP' }, sizes, turns);
  });
}

interface Heading {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
}

function growth({ id, title, unit }: Heading, sizes: readonly number[], turns: Turns): Section {
  const costs = [...turns.values()].map((measurements) => median(measurements.map(cpuMsOf)));
  const { base, slope } = straightLine(sizes, costs);
  const line = new Map([...turns.keys()].map((column, at) => [column, [base + slope * (sizes[at] ?? 0)]]));
  return {
    id,
    title,
    columns: [...turns.keys()],
    rows: [
      figure('CPU ms a message', roundsOf(turns, cpuMsOf)),
      figure('the straight line through them', line),
      figure('messages/s at saturation', roundsOf(turns, perSecondOf)),
    ],
    notes: [`The line: ${base.toFixed(1)} ms and ${slope.toFixed(1)} ms a ${unit}, by least squares.`],
  };
}

/** Least squares. */
export function straightLine(xs: readonly number[], ys: readonly number[]): { base: number; slope: number } {
  const mean = (values: readonly number[]) => values.reduce((sum, each) => sum + each, 0) / values.length;
  const meanX = mean(xs);
  const meanY = mean(ys);
  const covariance = mean(xs.map((x, at) => (x - meanX) * ((ys[at] ?? 0) - meanY)));
  const slope = covariance / mean(xs.map((x) => (x - meanX) ** 2));
  return { base: meanY - slope * meanX, slope };
}
