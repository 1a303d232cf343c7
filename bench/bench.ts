/** What every row shares: broker, load generator, pictures, peers, and how long to measure. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startBroker, type TestBroker } from '../test/support/broker/broker.js';
import { makeTemporaryFolder } from '../test/support/temporary-folder.js';
import { type Load, startLoad } from './load/load.js';
import { drawPicture } from './load/pictures.js';
import { findPython, type Python } from './subjects/python.js';

export interface BenchOptions {
  readonly rounds: number;
  /** Times the numbers of messages; 1 in a full run. */
  readonly scale: number;
  readonly python: string | undefined;
  /** Folder for CPU profiles of the service. */
  readonly cpuProfiles: string | undefined;
  /** Messages of the long run. */
  readonly long: number | undefined;
}

export interface Bench extends AsyncDisposable {
  readonly options: BenchOptions;
  readonly broker: TestBroker;
  readonly load: Load;
  /** Or why there is none. */
  readonly python: Python | string;
  /** Paths of the standard pictures: 24 of 1280×960. */
  readonly pictures: readonly string[];
  /** Draws further pictures; gives their paths. */
  draw(set: PictureSet): Promise<string[]>;
  /** A number of messages for this run. */
  count(full: number): number;
}

export interface PictureSet {
  readonly count: number;
  readonly width: number;
  readonly height: number;
  readonly spots: number;
}

const STANDARD: PictureSet = { count: 24, width: 1280, height: 960, spots: 6 };
const MIN_COUNT = 20;

export async function openBench(options: BenchOptions): Promise<Bench> {
  const folder = await makeTemporaryFolder();
  let drawn = 0;

  async function draw({ count, ...picture }: PictureSet): Promise<string[]> {
    const path = join(folder.path, String(drawn++));
    await mkdir(path);
    const names: string[] = [];
    for (let n = 0; n < count; n += 1) {
      const name = join(path, `${n}.jpg`);
      await writeFile(name, await drawPicture({ ...picture, seed: n + 1 }));
      names.push(name);
    }
    return names;
  }

  const pictures = await draw(STANDARD);
  const broker = await startBroker({ config: ['log_type none'] });
  const load = startLoad();
  return {
    options,
    broker,
    load,
    python: findPython(options.python),
    pictures,
    draw,
    count: (full) => Math.max(MIN_COUNT, Math.round(full * options.scale)),
    async [Symbol.asyncDispose]() {
      await load[Symbol.asyncDispose]();
      await broker[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}
