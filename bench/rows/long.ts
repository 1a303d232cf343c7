/** Memory over many messages: does it grow? Small pictures and a light model, so that many pass in little time. */
import { convolutions, writeIr } from '../../test/support/engine/ir.js';
import { makeTemporaryFolder } from '../../test/support/temporary-folder.js';
import type { Bench } from '../bench.js';
import { rssBytes } from '../machine/usage.js';
import { measure, SATURATING, warmUp } from '../measure.js';
import { figure, type Section } from '../report.js';
import { startFlawline } from '../subjects/flawline.js';
import { straightLine } from './growth.js';

const DEFAULT = 100_000;
const PARTS = 50;

export async function long(bench: Bench): Promise<Section> {
  const { long: messages = DEFAULT, cpuProfiles } = bench.options;
  const pictures = await bench.draw({ count: 8, width: 320, height: 240, spots: 6 });
  await using folder = await makeTemporaryFolder();
  const model = writeIr(folder.path, 'light', convolutions({ depth: 0, channels: 4, size: 256 }).ir);
  const settings = { port: bench.broker.port, precision: 'f32', model, cpuProfiles } as const;
  await using service = await startFlawline({ ...settings, name: 'flawline' });
  await warmUp(bench, service, pictures);
  const passed: number[] = [];
  const rssMb: number[] = [];
  for (let part = 1; part <= PARTS; part += 1) {
    await measure(bench, service, { pictures, count: Math.ceil(messages / PARTS), pace: SATURATING });
    passed.push(part * Math.ceil(messages / PARTS));
    rssMb.push(rssBytes(service.pids) / 1e6);
  }
  const late = PARTS >> 1; // the first half fills caches and pools
  const { slope } = straightLine(passed.slice(late), rssMb.slice(late));
  const name = `${messages} messages`;
  const one = (value: number) => new Map([[name, [value]]]);
  return {
    id: 'long',
    title: 'memory over a long run, f32',
    columns: [name],
    rows: [
      figure('RSS after a fiftieth, MB', one(rssMb[0] ?? Number.NaN)),
      figure('RSS at half, MB', one(rssMb[late] ?? Number.NaN)),
      figure('RSS at the end, MB', one(rssMb.at(-1) ?? Number.NaN)),
      figure('growth in the second half, MB per 100 000 messages', one(slope * 100_000), { digits: 2 }),
    ],
    notes: [
      '320×240 pictures, a model of 0.04 GFLOP.',
      `RSS at each tenth, MB: ${rssMb
        .filter((_, part) => part % (PARTS / 10) === PARTS / 10 - 1)
        .map((mb) => mb.toFixed(1))
        .join(', ')}.`,
    ],
  };
}
