/** A model as the configuration has it, with some keys of the section `model` given anew. */
import type { ModelEntry } from '../catalogue/catalogue.js';
import { isMapping } from '../std/checks.js';
import { defined } from '../std/defined.js';
import { ServiceError } from '../std/errors.js';
import { formatOfModelKey } from './build.js';
import { coerceEntry, FORMATS } from './value-kinds.js';

/** @throws {ServiceError} ERR_CONFIG with everything that is wrong */
export function changedModel(base: ModelEntry, given: unknown): ModelEntry {
  const faults = isMapping(given)
    ? (FORMATS.models.entryFaults?.([{ ...given, id: base.id }]) ?? [])
    : [{ path: '', rule: 'must be a JSON object with keys of the section model' }];
  if (faults.length > 0) {
    const found = faults.map(({ path, rule }) => `${path.replace(/^\[0\]\.?/, '')} ${rule}`.trim()).join('; ');
    const text = `Cannot take a version of the model ${base.id} as its keys must be those of an entry of models: ${found}`;
    throw new ServiceError('ERR_CONFIG', text, { details: { model: base.id } });
  }
  const read = Object.entries(given as object).map(([name, value]) => [
    name,
    coerceEntry(formatOfModelKey(name), value),
  ]);
  const { id: _, path, device, precision, selfTestIntervalSeconds, ...settings } = Object.fromEntries(read);
  return {
    ...base,
    ...defined({ path, device, precision, selfTestIntervalSeconds }),
    settings: { ...base.settings, ...settings },
  };
}
