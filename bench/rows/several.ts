/** Two models in one process, one fast and one slow, each on a stream of its own: alone, then both at once. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { convolutions, writeIr } from '../../test/support/engine/ir.js';
import { makeTemporaryFolder } from '../../test/support/temporary-folder.js';
import type { Bench } from '../bench.js';
import { startLoad } from '../load/load.js';
import { SATURATING, warmUp } from '../measure.js';
import { atLeast, figure, type Section } from '../report.js';
import { startFlawline } from '../subjects/flawline.js';
import type { Subject } from '../subjects/subject.js';
import { TEST_UNET } from './models.js';

const NAMES = ['fast', 'slow'] as const;
/** Convolutions of the slow one; the fast one is that of the other rows. */
const SLOW = { depth: 24, channels: 16, size: 256 };
const SECONDS = 6;

export async function several(bench: Bench): Promise<Section> {
  const { broker, pictures, options } = bench;
  await using folder = await makeTemporaryFolder();
  const { ir, gigaflop } = convolutions(SLOW);
  const paths = { fast: TEST_UNET, slow: writeIr(folder.path, 'slow', ir) };
  const topics = (name: string) => ({ topicIn: `bench/${name}/in`, topicOut: `bench/${name}/out` });
  const catalogue = {
    streams: NAMES.map((id) => ({ id, topics: topics(id).topicIn })),
    models: NAMES.map((id) => ({ id, path: paths[id] })),
    rules: NAMES.map((id) => ({ id, stream: id, model: id, where: 'true', topic: topics(id).topicOut })),
  };
  const file = join(folder.path, 'flawline.yaml');
  await writeFile(file, JSON.stringify(catalogue));
  const ofFile = ['MODEL_PATH', 'MODEL_PRECISION', 'SOURCE_TOPICS', 'SINK_TOPIC'].map((name) => [
    `FLAWLINE_${name}`,
    '',
  ]);
  await using service = await startFlawline({
    name: 'both',
    port: broker.port,
    model: TEST_UNET,
    precision: 'f32',
    env: { ...Object.fromEntries(ofFile), FLAWLINE_CONFIG: file },
  });
  await using second = startLoad();
  const loads = { fast: bench.load, slow: second };
  const subjects = NAMES.map((name): Subject => ({ ...service, name, ...topics(name) }));
  for (const subject of subjects) await warmUp(bench, subject, pictures, bench.count(400));
  const run = (name: (typeof NAMES)[number], count: number) =>
    loads[name].run({
      ...topics(name),
      port: broker.port,
      pictures,
      count: Math.max(40, Math.round(count)),
      pace: SATURATING,
    });
  const rates = { alone: { fast: [0], slow: [0] }, together: { fast: [0], slow: [0] } };
  const seconds = SECONDS * options.scale;
  let guess = { fast: 20, slow: 20 };
  for (let round = 0; round <= options.rounds; round += 1) {
    const fast = await run('fast', guess.fast * seconds);
    const slow = await run('slow', guess.slow * seconds);
    // Both last as long as each other where each gets the same share: the middle, which is counted, is of both.
    const both = await Promise.all([run('fast', fast.perSecond * seconds), run('slow', slow.perSecond * seconds)]);
    guess = { fast: Math.round(fast.perSecond), slow: Math.round(slow.perSecond) };
    if (round === 0) continue; // its lengths were guessed
    rates.alone.fast.push(fast.perSecond);
    rates.alone.slow.push(slow.perSecond);
    rates.together.fast.push(both[0].perSecond);
    rates.together.slow.push(both[1].perSecond);
  }
  const rounds = Array.from({ length: options.rounds }, (_, n) => n + 1);
  const share = (name: (typeof NAMES)[number]) =>
    rounds.map((n) => (rates.together[name][n] ?? 0) / (rates.alone[name][n] ?? Number.NaN));
  const [ofFast, ofSlow] = [share('fast'), share('slow')];
  const sums = ofFast.map((value, at) => value + (ofSlow[at] ?? 0));
  const columns = (values: Readonly<Record<'fast' | 'slow', readonly number[]>>) =>
    new Map(NAMES.map((name) => [name, values[name].slice(-options.rounds)]));
  const text = (value: number) => value.toFixed(2);
  return {
    id: 'several',
    title: `two models in one process, f32 (1.2 and ${gigaflop.toFixed(1)} GFLOP)`,
    columns: [...NAMES, 'both'],
    rows: [
      figure('alone, messages/s', columns(rates.alone)),
      figure('at once, messages/s', columns(rates.together)),
      figure('of its rate alone', columns({ fast: ofFast, slow: ofSlow }), { digits: 2 }),
      figure('both, of the rates alone', new Map([['both', sums]]), { digits: 2, target: atLeast(0.95) }),
    ],
    notes: [`Both, of the rates alone, in the rounds: ${sums.map(text).join(', ')}.`],
  };
}
