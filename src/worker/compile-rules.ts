/** Rules as text → rules as functions, once it is known which classes the model counts. */

import { createResultEncoder, type PayloadMemory } from '../payload/render-result.js';
import { compileWhere } from '../rules/where.js';
import { ServiceError } from '../std/errors.js';
import type { CompiledRule } from './inspect.js';
import type { WorkerSetup } from './protocol/worker.js';

type RuleSetup = Pick<WorkerSetup, 'rules' | 'copyFields' | 'encoding'>;

/**
 * @param classes that the model counts; [] when it counts none
 * @param memory for the payloads of results; by default each has its own
 * @throws {ServiceError} ERR_CONFIG as compileWhere, and for a result that is to have counts of classes that are not there
 */
export function compileRules(
  { rules, copyFields, encoding }: RuleSetup,
  classes: readonly string[],
  memory?: PayloadMemory,
): CompiledRule[] {
  return rules.map((spec) => {
    if (classes.length === 0 && spec.fields.some(({ name }) => name === 'defects')) {
      const text = `Cannot put "defects" into the results of rule ${spec.id} as the model must have classes: it has none`;
      throw new ServiceError('ERR_CONFIG', text, { details: { rule: spec.id } });
    }
    return {
      spec,
      predicate: compileWhere(spec.where, classes),
      encode: createResultEncoder({ fields: spec.fields, copyFields, encoding }, memory),
    };
  });
}
