/**
 * `npm run bench [-- ROW…] [--quick] [--rounds N] [--scale S] [--python PATH] [--json FILE] [--cpu-prof] [--long N]`: measures the
 * service, turn by turn with the peers that are installed, prints one table and writes the figures as JSON.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { packageRoot } from '../src/std/package-root.js';
import { brokerMissing } from '../test/support/broker/broker.js';
import { type Bench, openBench } from './bench.js';
import { describeMachine } from './machine/describe.js';
import { type Section, tableOf } from './report.js';
import { ROWS } from './rows/all.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    scale: { type: 'string' },
    python: { type: 'string' },
    json: { type: 'string' },
    'cpu-prof': { type: 'boolean', default: false },
    long: { type: 'string' },
  },
});
const unknown = positionals.filter((name) => !ROWS.some(({ id }) => id === name));
if (unknown.length > 0) {
  console.error(`No row ${unknown.join(', ')}; there are ${ROWS.map(({ id }) => id).join(', ')}.`);
  process.exit(2);
}
if (brokerMissing !== false) throw new Error(brokerMissing);

const output = join(packageRoot, 'bench-output');
const cpuProfiles = values['cpu-prof'] ? join(output, 'cpu-profiles') : undefined;
const wanted = ROWS.filter(({ id, extent }) => {
  if (positionals.length > 0) return positionals.includes(id);
  return (
    extent === 'quick' || (extent === 'full' && !values.quick) || (extent === 'named' && values.long !== undefined)
  );
});

await using bench = await openBench({
  rounds: Number(values.rounds ?? (values.quick ? 3 : 5)),
  scale: Number(values.scale ?? (values.quick ? 0.35 : 1)),
  python: values.python ?? process.env['FLAWLINE_BENCH_PYTHON'],
  cpuProfiles,
  long: values.long === undefined ? undefined : Number(values.long),
});
const machine = describeMachine();
const json = resolve(values.json ?? join(output, `${new Date().toISOString().replaceAll(':', '')}.json`));
mkdirSync(dirname(json), { recursive: true });
console.log(`${machine.join('\n')}\n`);
const sections: Section[] = [];
for (const { id, run } of wanted) {
  sections.push(await measured(id, run));
  console.log(`${sections.slice(-1).map(tableOf).join('')}\n`);
  // As soon as it is there: a run that is interrupted has not been in vain.
  const figures = { machine, rounds: bench.options.rounds, scale: bench.options.scale, sections };
  writeFileSync(json, `${JSON.stringify(figures, undefined, 2)}\n`);
}
console.error(`Figures: ${json}`);
if (cpuProfiles !== undefined) console.error(`CPU profiles of the service, for Chromium's DevTools: ${cpuProfiles}`);

async function measured(id: string, run: (bench: Bench) => Promise<Section>): Promise<Section> {
  console.error(`${id} …`);
  const startedAt = performance.now();
  const section = await run(bench);
  console.error(`${id}: ${Math.round((performance.now() - startedAt) / 1000)} s`);
  return section;
}
