/**
 * `npm run faults [-- NAME… | --again | --short]`: causes every fault of the table, or the named ones, and prints the
 * table. Each row is kept in faults-output/ as soon as it is there: an interrupted run goes on where it stopped,
 * `--again` starts afresh. Ends with 1 when a target was missed.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../src/std/package-root.js';
import { brokerMissing, brokerVersion } from '../test/support/broker/broker.js';
import { FAULTS } from './all.js';
import type { Fault } from './fault.js';
import { type Row, rowOf, tableOf } from './table.js';

const folder = join(packageRoot, 'faults-output');
const args = process.argv.slice(2);
const names = args.filter((arg) => !arg.startsWith('--'));
const extent = args.includes('--short') ? 'short' : 'full';
const unknown = names.filter((name) => !FAULTS.some(({ id }) => id === name));
if (brokerMissing !== false) throw new Error(brokerMissing);
if (unknown.length > 0) {
  console.error(`No fault ${unknown.join(', ')}; there are ${FAULTS.map(({ id }) => id).join(', ')}.`);
  process.exit(2);
}
if (args.includes('--again')) rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });

for (const fault of FAULTS) {
  const isNamed = names.includes(fault.id);
  if (names.length > 0 ? !isNamed : kept(fault) !== undefined) continue;
  console.error(`${fault.id} …`);
  const startedAt = performance.now();
  const row = await rowFor(fault);
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  writeFileSync(fileOf(fault), `${JSON.stringify({ ...row, seconds }, undefined, 2)}\n`);
  console.error(`${fault.id}: ${row.failures.length === 0 ? 'reached' : row.failures.join('; ')} (${seconds} s)`);
}
const rows = FAULTS.flatMap((fault) => kept(fault) ?? []);
console.log(tableOf(rows));
const minutes = rows.reduce((sum, { seconds = 0 }) => sum + seconds, 0) / 60;
console.log(`\n${rows.length} of ${FAULTS.length} rows in ${minutes.toFixed(1)} minutes; ${versions()}.`);
process.exit(rows.some(({ failures }) => failures.length > 0) ? 1 : 0);

async function rowFor(fault: Fault): Promise<Row> {
  const { id, title, target, skip } = fault;
  if (skip !== undefined && skip !== false) return { id, title, target, note: skip, failures: [] };
  try {
    return rowOf(fault, await fault.run(extent));
  } catch (error) {
    return { id, title, target, note: 'it broke off', failures: [String(error)] };
  }
}

function versions(): string {
  const [cpu] = cpus();
  return `Node ${process.versions.node}, ${brokerVersion()}, ${cpus().length} × ${cpu?.model.trim()}`;
}

function fileOf({ id }: Fault): string {
  return join(folder, `${id}.json`);
}

function kept(fault: Fault): Row | undefined {
  try {
    return JSON.parse(readFileSync(fileOf(fault), 'utf8'));
  } catch {
    return undefined;
  }
}
