import { defineCommand } from '../command.js';
import { UsageError } from '../options.js';

export const migrate = defineCommand({
  positionals: 'URL|FILE',
  summary: 'Prints the configuration that does what the streams and rules of an eKuiper do.',
  about: [
    'URL is that of its REST interface; FILE is what GET /data/export gave. What a file cannot say stands on standard error, a line each: such a rule can be ' +
      'posted to this service as it is (rest.enabled). Ends with 1 if there is such a line, with 2 if eKuiper cannot be read.',
  ],
  options: {},
  examples: ['migrate http://127.0.0.1:9081', 'migrate export.json > flawline.yaml'],
  async run(_values, [source, ...rest], io) {
    if (source === undefined || rest.length > 0) throw new UsageError('migrate takes one URL or file');
    const { readExport } = await import('./ekuiper-export.js');
    const { migrate: toFile } = await import('./to-file.js');
    const { file, notes } = toFile(await readExport(source, io.cwd));
    io.stdout(file);
    for (const note of notes) io.stderr(`${note}\n`);
    return notes.length === 0 ? 0 : 1;
  },
});
