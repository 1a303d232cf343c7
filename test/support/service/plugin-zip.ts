/** The zip of the eKuiper tutorial, with a model of choice and Python that would end with an error if somebody ran it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ZipContent, zip } from '../zip-writer.js';

const NOT_TO_BE_RUN = Buffer.from('import sys\nsys.exit(3)\n');

export interface PluginZipOptions {
  /** Folder with model.xml and model.bin, and a model.json if it is to be taken along. */
  readonly model: string;
  readonly name?: string;
  readonly functions?: readonly string[];
  /** Further entries, or others under the same name. */
  readonly entries?: readonly ZipContent[];
}

export async function pluginZip({
  model,
  name = 'defect',
  functions = ['inference'],
  entries = [],
}: PluginZipOptions): Promise<Buffer> {
  const description = {
    version: 'v1.0.0',
    language: 'python',
    executable: 'main.py',
    sources: [],
    sinks: [],
    functions,
  };
  const own: ZipContent[] = [
    { name: 'inference.py', data: NOT_TO_BE_RUN },
    { name: 'requirements.txt', data: Buffer.from('numpy\n') },
    { name: 'install.sh', data: Buffer.from('exit 3\n') },
    { name: 'main.py', data: NOT_TO_BE_RUN },
    { name: `${name}.json`, data: Buffer.from(JSON.stringify(description)) },
    { name: 'models/model.bin', data: await readFile(join(model, 'model.bin')) },
    { name: 'models/model.xml', data: await readFile(join(model, 'model.xml')) },
    { name: `functions/${name}.json`, data: Buffer.from('{}') },
  ];
  const others = new Set(entries.map((entry) => entry.name));
  return zip([...own.filter((entry) => !others.has(entry.name)), ...entries]);
}
