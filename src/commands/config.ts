/** `flawline config check` and `flawline config schema`. */
import { explainConfig } from '../config/explain.js';
import { createJsonSchema } from '../config/json-schema.js';
import { type LoadedConfig, type LoadOptions, loadConfig } from '../config/load.js';
import type { CommandIo } from './command.js';

type Output = Pick<CommandIo, 'stdout' | 'stderr'>;

/**
 * Prints the effective configuration with the source of every value; what is worth knowing goes to `stderr`.
 * @returns what was loaded, for whoever wants to try it on a picture.
 * @throws {ServiceError} ERR_CONFIG with all faults.
 */
export function configCheck(options: LoadOptions, output: Output): LoadedConfig {
  const loaded = loadConfig(options);
  output.stdout(loaded.file === undefined ? '# no configuration file\n' : `# file ${loaded.file}\n`);
  for (const line of explainConfig(loaded)) output.stdout(`${line}\n`);
  for (const note of loaded.notes) output.stderr(`note: ${note}\n`);
  for (const warning of loaded.warnings) output.stderr(`warning: ${warning}\n`);
  return loaded;
}

/** Prints the JSON Schema of configuration files. */
export function configSchema(output: Output): void {
  output.stdout(`${JSON.stringify(createJsonSchema(), null, 2)}\n`);
}
