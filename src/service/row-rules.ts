/** Rules that call no function of a model: their messages are JSON, and are judged here, without a worker. */
import type { Inspection, Job, RuleFailure, RuleResult } from '../domain/inspection.js';
import { NO_MODEL, type RuleSpec, ruleKey } from '../domain/rule.js';
import { digestId, identify, messageDigest } from '../payload/message-id.js';
import { parseRow } from '../payload/parse-row.js';
import { defined } from '../std/defined.js';
import { ServiceError, toWire } from '../std/errors.js';
import type { SelectJudge } from '../worker/select-rule.js';

/** @param keys of rules. @throws {ServiceError} for a message that is no JSON object */
export type RowRules = (job: Job, keys: readonly string[]) => Inspection;

/** Those of the rules that need no model. SQL is loaded if there is one. @throws {ServiceError} ERR_CONFIG */
export async function openRowRules(rules: readonly RuleSpec[]): Promise<RowRules> {
  const own = rules.filter(({ model, select }) => model === NO_MODEL && select !== undefined);
  const judges = new Map<string, Judge>();
  if (own.length > 0) {
    const { compileSelectRule } = await import('../worker/select-rule.js');
    for (const { select, ...spec } of own) {
      if (select !== undefined) judges.set(ruleKey(spec), { spec, judge: compileSelectRule({ ...spec, select }) });
    }
  }
  return (job, keys) =>
    judgeRow(
      job,
      keys.flatMap((key) => judges.get(key) ?? []),
    );
}

interface Judge {
  readonly spec: Pick<RuleSpec, 'id'>;
  readonly judge: SelectJudge;
}

function judgeRow(job: Job, judges: readonly Judge[]): Inspection {
  const { topic, payload } = job;
  const common = { model: '', inferenceTimeMs: 0, stagesMs: {} };
  let msg: Readonly<Record<string, unknown>>;
  try {
    msg = parseRow(payload);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    const told = judges.flatMap(({ judge }) => judge.tell(error.message));
    const [first] = told;
    if (first === undefined) throw error;
    const id = digestId(messageDigest(topic, payload));
    return { ...common, id, results: told, failures: [{ rule: first.rule, error: toWire(error) }] };
  }
  const { id, digest } = identify(job, msg);
  const failures: RuleFailure[] = [];
  const results = judges.flatMap(({ spec, judge }): readonly RuleResult[] => {
    try {
      return judge.match({ msg, topic })?.(true) ?? [];
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      const { code, message, cause, details } = error;
      const named = new ServiceError(code, message, { cause, details: { ...details, id, rule: spec.id } });
      failures.push({ rule: spec.id, error: toWire(named) });
      return judge.tell(typeof details['reason'] === 'string' ? details['reason'] : message);
    }
  });
  return { ...common, id, results, ...(failures.length > 0 && { failures }), ...defined({ digest }) };
}
