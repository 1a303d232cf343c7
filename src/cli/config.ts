import { resolve } from 'node:path';
import type { Config } from '../config/config.js';
import { createJsonSchema, explainConfig } from '../config/describe.js';
import type { LoadedConfig } from '../config/load.js';
import { loadModel } from '../model/load-model.js';
import type { PartialModelSettings } from '../model/settings.js';
import { compileOk, compileWhere } from '../rules/where.js';
import { prepareWorkers } from '../service/prepare.js';
import { defined } from '../std/defined.js';
import { messageOf, ServiceError } from '../std/errors.js';
import { packageRoot } from '../std/package-root.js';
import { openInspector } from '../worker/open-inspector.js';
import { type CommandIo, defineCommand } from './command.js';
import { loadCommandConfig } from './load.js';
import { text, UsageError } from './options.js';
import { readPicture } from './pictures.js';

export const config = defineCommand({
  positionals: 'check|schema',
  summary: 'Checks the configuration and shows it as it takes effect, or prints its JSON Schema.',
  about: [
    'check: every fault at once, or every key with its value and where that came from; secrets are hidden.',
    'schema: JSON Schema of configuration files, for editors.',
  ],
  options: { picture: text('FILE', 'with check: inspects it and says which rules match') },
  examples: ['config check', 'config check --config flawline.yaml --picture part.jpg'],
  async run(values, [action, ...rest], io) {
    if (action === 'schema' && rest.length === 0) {
      io.stdout(`${JSON.stringify(createJsonSchema(), null, 2)}\n`);
      return 0;
    }
    if (action === 'check' && rest.length === 0) return await check(loadCommandConfig(values, io), values.picture, io);
    throw new UsageError('config takes: check, or: schema');
  },
});

async function check(loaded: LoadedConfig, picture: string | undefined, io: CommandIo): Promise<number> {
  await checkClasses(loaded.config, io);
  io.stdout(loaded.file === undefined ? '# no configuration file\n' : `# file ${loaded.file}\n`);
  for (const line of explainConfig(loaded)) io.stdout(`${line}\n`);
  for (const note of loaded.notes) io.stderr(`note: ${note}\n`);
  if (picture !== undefined) await judge(picture, loaded.config, io);
  return 0;
}

/**
 * Whether the classes that predicates name are those of the model, as far as its files name any. A machine that checks a
 * configuration need not have the model.
 * @throws {ServiceError} ERR_CONFIG
 */
async function checkClasses(config: Config, io: CommandIo): Promise<void> {
  for (const { id, path, settings } of config.models) {
    const model = await loadModel({ cwd: io.cwd, packageRoot, ...defined({ path }), settings }).catch(
      (error: unknown) => {
        io.stderr(`note: predicates are not compared with the model's classes: ${messageOf(error)}\n`);
        return undefined;
      },
    );
    if (model === undefined) continue;
    const classes = classesOf(model.spec.settings);
    const rules = classes === undefined ? [] : config.rules.filter(({ model }) => model === id);
    for (const { where, ok } of rules) {
      compileWhere(where, classes);
      compileOk(ok, classes);
    }
  }
}

/** Undefined: its files have names of which only the graph says whether they are classes. Without a name no task has any. */
function classesOf({ classes, labels }: PartialModelSettings = {}): readonly string[] | undefined {
  return classes ?? (labels === undefined ? [] : undefined);
}

/** The verdict of each rule alone, so that a predicate that fails on this picture says so beside the others. */
async function judge(picture: string, config: Config, io: CommandIo): Promise<void> {
  const payload = await readPicture(resolve(io.cwd, picture));
  const { models } = await prepareWorkers(config, io);
  const topicOf = new Map(config.streams.map(({ id, topics }) => [id, topics[0] ?? '']));
  const setups = new Map(models.map(({ entry, setup }) => [entry.id, setup]));
  io.stdout('\n');
  for (const rule of config.rules) {
    const setup = setups.get(rule.model);
    if (setup === undefined) continue;
    const topic = topicOf.get(rule.stream) ?? '';
    const unit = await openInspector({ ...setup, rules: [rule] });
    try {
      const job = { topic, payload, properties: { user: [] }, receivedAtMs: Date.now() };
      const { results, measures } = await unit.inspector.inspect(job);
      const [result] = results;
      const verdict = result === undefined ? 'filtered' : `matches, ${result.ok ? 'ok' : 'not ok'}`;
      io.stdout(`rule ${rule.id}: ${rule.where}  →  ${verdict}  (defect ${measures?.defect ?? 0})\n`);
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      io.stdout(`rule ${rule.id}: ${rule.where}  →  ${error.code}: ${error.message}\n`);
    } finally {
      unit.close();
    }
  }
}
