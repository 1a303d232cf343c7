/** `flawline config check` and `flawline config schema`. */
import { explainConfig } from '../config/explain.js';
import { createJsonSchema } from '../config/json-schema.js';
import { type LoadedConfig, type LoadOptions, loadConfig } from '../config/load.js';

/** Where a command writes to; each call is one line without its line break. */
export interface CommandOutput {
  stdout(line: string): void;
  stderr(line: string): void;
}

/**
 * Prints the effective configuration with the source of every value; what is worth knowing goes to `stderr`.
 * @returns what was loaded, for whoever wants to try it on a picture.
 * @throws {ServiceError} ERR_CONFIG with all faults.
 */
export function configCheck(options: LoadOptions, output: CommandOutput): LoadedConfig {
  const loaded = loadConfig(options);
  output.stdout(loaded.file === undefined ? '# no configuration file' : `# file ${loaded.file}`);
  for (const line of explainConfig(loaded)) output.stdout(line);
  for (const note of loaded.notes) output.stderr(`note: ${note}`);
  for (const warning of loaded.warnings) output.stderr(`warning: ${warning}`);
  return loaded;
}

/** Prints the JSON Schema of configuration files. */
export function configSchema(output: CommandOutput): void {
  output.stdout(JSON.stringify(createJsonSchema(), null, 2));
}
