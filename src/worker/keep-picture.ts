/** Which pictures are kept for a second look: decided where the facts of the message and the mask are. */
import type { Inspection, KeepReason } from '../domain/inspection.js';
import type { KeepSpec, RuleSpec } from '../domain/rule.js';
import { compileWhere, type Facts, type Predicate } from '../rules/where.js';
import { ServiceError } from '../std/errors.js';
import type { Prediction } from './prediction.js';

/** What a rule says of keeping, as functions. */
export interface CompiledKeep {
  /** Absent: near the threshold. */
  readonly where?: Predicate;
  readonly share: number;
}

/** A score that is no further from the threshold than this is near it. */
const NEAR_THRESHOLD = 0.2;

/** @throws {ServiceError} ERR_CONFIG as compileWhere */
export function compileKeep({ where, share }: KeepSpec, classes: readonly string[]): CompiledKeep {
  return where === undefined ? { share } : { where: compileWhere(where, classes), share };
}

interface KeepOptions {
  /** Of the model. */
  readonly threshold: number;
  /** 0..1. */
  readonly random: () => number;
}

/** Decides of one picture after the other. */
export type KeepPicture = (
  rules: readonly { readonly spec: RuleSpec; readonly keep?: CompiledKeep }[],
  picture: { readonly facts: Facts; readonly bytes: Uint8Array; readonly prediction: Prediction },
) => Pick<Inspection, 'kept' | 'keepFault'>;

/** @param rowLength width of the mask */
export function createKeepPicture({ threshold, random }: KeepOptions, rowLength: number): KeepPicture {
  function whyOf({ where, share }: CompiledKeep, facts: Facts): KeepReason['why'] | undefined {
    if (where?.holds(facts)) return 'where';
    if (where === undefined && Math.abs(facts.measures.score - threshold) <= NEAR_THRESHOLD) return 'threshold';
    return share > 0 && random() < share ? 'share' : undefined;
  }

  return (rules, { facts, bytes, prediction }) => {
    const reasons: KeepReason[] = [];
    let keepFault: string | undefined;
    for (const { spec, keep } of rules) {
      if (keep === undefined) continue;
      try {
        const why = whyOf(keep, facts);
        if (why !== undefined) reasons.push({ rule: spec.id, why });
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error;
        keepFault = error.message; // the message goes its way all the same
      }
    }
    const [first] = reasons;
    const fault = keepFault === undefined ? {} : { keepFault };
    if (first === undefined) return fault;
    const { content, seen } = prediction;
    const model = rules.find(({ spec }) => spec.id === first.rule)?.spec.model ?? '';
    const kept = {
      model,
      reasons,
      picture: new Uint8Array(bytes),
      mask: crop(prediction, rowLength),
      maskSize: { width: content.width, height: content.height },
      seen,
    };
    return { kept, ...fault };
  };
}

/** Without the border that a model with a letterbox has. */
function crop({ mask, content: { x, y, width, height } }: Prediction, rowLength: number): Uint8Array<ArrayBuffer> {
  const inner = new Uint8Array(width * height);
  for (let row = 0; row < height; row++) {
    const start = (y + row) * rowLength + x;
    inner.set(mask.subarray(start, start + width), row * width);
  }
  return inner;
}
