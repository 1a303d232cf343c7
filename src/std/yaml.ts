import { createRequire } from 'node:module';

/**
 * The YAML library, loaded when a YAML file is read: it has more modules than any other dependency, and many a service
 * has its configuration from the environment and a model without such a file.
 */
export function loadYaml(): typeof import('yaml') {
  const require = createRequire(import.meta.url);
  return require('yaml');
}
