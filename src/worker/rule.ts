/** Rules as text → rules as functions: in CEL, and in SQL. */
import type { RuleResult } from '../domain/inspection.js';
import type { RenderKind, RuleSpec } from '../domain/rule.js';
import type { PayloadMemory } from '../payload/join-parts.js';
import { createResultEncoder, type ResultValues } from '../payload/render-result.js';
import { compileOk, compileWhere, type Facts, type Predicate } from '../rules/where.js';
import { ServiceError } from '../std/errors.js';
import { type CompiledKeep, compileKeep } from './keep-picture.js';
import type { WorkerSetup } from './protocol/worker.js';
import type { RenderedPicture } from './render.js';
import type { compileSelectRule, SelectJudge } from './select-rule.js';

/** What is known of a picture when its rules judge it. */
export interface Seen {
  readonly facts: Facts;
  readonly values: Omit<ResultValues, 'rule' | 'ok' | 'jpeg'>;
  /** The field that the picture was in. */
  readonly imageField: string;
  /** What a condition looks at. */
  readonly drawn?: RenderedPicture;
}

/** The results of a rule that wants the picture, once what it draws is there. */
export type Match = (drawn: RenderedPicture | undefined) => readonly RuleResult[];

export interface CompiledRule {
  readonly spec: RuleSpec;
  /** Whether its condition looks at the picture with what was found, which is drawn before then. */
  readonly looksAtPicture: boolean;
  /** Undefined: it does not want the picture. @throws {ServiceError} when it fails on it, as what is given does */
  match(seen: Seen): Match | undefined;
  /** What it publishes of an error that there was instead; absent: nothing. */
  tell?(reason: string): readonly RuleResult[];
  readonly predicate: Pick<Predicate, 'holds' | 'neverTrue'>;
  /** Whether the picture passes. */
  readonly ok: Pick<Predicate, 'holds'>;
  /** Absent: none of its pictures is kept for a second look. */
  readonly keep?: CompiledKeep;
}

/** What of the setup is needed to make rules as text into rules as functions. */
type RuleSetup = Pick<WorkerSetup, 'rules' | 'copyFields' | 'encoding'>;

/** Absent: there is no rule in SQL. */
export type CompileSelect = typeof compileSelectRule;

/** SQL is loaded when the first rule needs it. */
export async function loadCompileSelect(rules: readonly RuleSpec[]): Promise<CompileSelect | undefined> {
  if (rules.every(({ select }) => select === undefined)) return undefined;
  return (await import('./select-rule.js')).compileSelectRule;
}

/**
 * @param classes that the model counts; [] when it counts none
 * @param memory for the payloads of results; by default each has its own
 * @throws {ServiceError} ERR_CONFIG as compileWhere and compileSelectRule, and for a result that is to have counts of
 * classes that are not there
 */
export function compileRules(
  setup: RuleSetup,
  classes: readonly string[],
  { memory, compileSelect }: { readonly memory?: PayloadMemory; readonly compileSelect?: CompileSelect } = {},
): CompiledRule[] {
  return setup.rules.map((spec) => {
    const { select } = spec;
    const keep = spec.keep === undefined ? {} : { keep: compileKeep(spec.keep, classes) };
    if (select === undefined) return { ...celRule(spec, { setup, classes, memory }), ...keep };
    if (compileSelect === undefined) throw new Error(`SQL of rule ${spec.id} was not loaded`);
    return { ...sqlRule(spec, compileSelect({ ...spec, select }, memory, classes), classes), ...keep };
  });
}

interface CelSurroundings {
  readonly setup: RuleSetup;
  readonly classes: readonly string[];
  readonly memory: PayloadMemory | undefined;
}

function celRule(spec: RuleSpec, { setup: { copyFields, encoding }, classes, memory }: CelSurroundings): CompiledRule {
  if (classes.length === 0 && spec.fields.some(({ name }) => name === 'defects')) {
    const text = `Cannot put "defects" into the results of rule ${spec.id} as the model must have classes: it has none`;
    throw new ServiceError('ERR_CONFIG', text, { details: { rule: spec.id } });
  }
  const rule = spec.id;
  const predicate = compileWhere(spec.where, classes);
  const passes = compileOk(spec.ok, classes);
  const encode = createResultEncoder({ fields: spec.fields, copyFields, encoding }, memory);
  return {
    spec,
    predicate,
    ok: passes,
    looksAtPicture: false,
    match({ facts, values }) {
      if (!predicate.holds(facts)) return undefined;
      return (drawn) => {
        const ok = passes.holds(facts);
        const payload = encode({ ...values, rule, ok, jpeg: drawn?.bytes });
        return [{ rule, ok, payload, ...(drawn === undefined ? {} : { pictureType: drawn.type }) }];
      };
    },
  };
}

function sqlRule(spec: RuleSpec, judge: SelectJudge, classes: readonly string[]): CompiledRule {
  const ok = compileOk(spec.ok, classes);
  return {
    spec: { ...spec, render: drawnFor(judge) },
    ok,
    looksAtPicture: judge.picture === 'where',
    tell: judge.tell,
    match({ facts, values, imageField, drawn }) {
      const { frame, measures, inferenceTimeMs, topic } = values;
      const picture = { frame, imageField, measures, inferenceTimeMs };
      const match = judge.match({ msg: frame.msg, topic, picture }, drawn?.bytes);
      return match && ((rendered) => match(ok.holds(facts), rendered?.bytes));
    },
    predicate: {
      // A dry run: the message has no field but the picture, and nothing is drawn.
      holds({ measures, topic, msg }) {
        const frame = { bytes: new Uint8Array(0), originJson: undefined };
        const picture = { frame, imageField: 'image', measures, inferenceTimeMs: 0 };
        return judge.match({ msg, topic, picture }, new Uint8Array(0)) !== undefined;
      },
    },
  };
}

/** The seed's function gave the picture beside the mask. */
function drawnFor({ picture }: SelectJudge): RenderKind {
  return picture === 'none' ? 'none' : 'pair';
}
