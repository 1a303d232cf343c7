/** What each rule did since it was started, by the steps that eKuiper's status knows. */
import type { Inspection, Stage } from '../domain/inspection.js';
import { type RuleSpec, ruleKey } from '../domain/rule.js';
import type { Outcome } from '../pipeline/ports.js';
import type { ServiceError } from '../std/errors.js';
import { STEPS, type Step, type StepFigures } from './rule-status.js';

export interface StatusBook {
  /** The rules that run now. One that is new or another one begins at nothing. */
  running(rules: readonly RuleSpec[]): void;
  /** Forgets all others. */
  keep(ids: ReadonlySet<string>): void;
  onSettled(stream: string, outcome: Outcome): void;
  of(rule: string): RuleRun | undefined;
}

export interface RuleRun {
  readonly isRunning: boolean;
  /** Milliseconds since the epoch; 0: never. */
  readonly startedMs: number;
  readonly stoppedMs: number;
  readonly steps: Readonly<Record<Step, StepFigures>>;
}

type Steps = Record<Step, { -readonly [K in keyof StepFigures]: StepFigures[K] }>;

interface Run {
  readonly key: string;
  readonly spec: RuleSpec;
  isRunning: boolean;
  startedMs: number;
  stoppedMs: number;
  readonly steps: Steps;
}

/** Stages of an inspection that do the work of a step. */
const STAGES: Readonly<Record<Step, readonly Stage[]>> = {
  source: [],
  decoder: ['parse'],
  filter: ['decode', 'resize', 'infer', 'segment'],
  project: ['render'],
  sink: ['publish'],
};
const UNREADABLE = new Set(['ERR_PAYLOAD_EMPTY', 'ERR_PAYLOAD_JSON', 'ERR_PAYLOAD_TOO_LARGE']);
const REFUSED = new Set(['ERR_RESULT_TOO_LARGE', 'ERR_RESULT_REFUSED']);

/** @param nowMs milliseconds since the epoch */
export function createStatusBook(nowMs: () => number): StatusBook {
  const runs = new Map<string, Run>();

  function begin(spec: RuleSpec, former: Run | undefined): void {
    const now = nowMs();
    const stoppedMs = former?.isRunning === true ? now : (former?.stoppedMs ?? 0);
    runs.set(spec.id, { key: ruleKey(spec), spec, isRunning: true, startedMs: now, stoppedMs, steps: newSteps() });
  }

  return {
    running(rules) {
      const ids = new Set(rules.map(({ id }) => id));
      for (const run of runs.values()) {
        if (!run.isRunning || ids.has(run.spec.id)) continue;
        run.isRunning = false;
        run.stoppedMs = nowMs();
      }
      for (const spec of rules) {
        const former = runs.get(spec.id);
        if (former === undefined || !former.isRunning || former.key !== ruleKey(spec)) begin(spec, former);
      }
    },
    keep(ids) {
      for (const id of runs.keys()) if (!ids.has(id)) runs.delete(id);
    },
    onSettled(stream, outcome) {
      for (const { spec, steps, isRunning } of runs.values()) {
        if (isRunning && spec.stream === stream) settled(steps, spec.id, outcome, nowMs());
      }
    },
    of: (rule) => runs.get(rule),
  };
}

function newSteps(): Steps {
  const none = { in: 0, out: 0, exceptions: 0, lastException: '', lastExceptionMs: 0, latencyUs: 0, lastMs: 0 };
  return Object.fromEntries(STEPS.map((step) => [step, { ...none }])) as Steps;
}

function settled(steps: Steps, rule: string, outcome: Outcome, now: number): void {
  if (outcome.kind === 'expired' || outcome.kind === 'unacknowledged' || outcome.kind === 'undeliverable') return;
  const inspections = 'inspections' in outcome ? outcome.inspections : [];
  const publishMs = outcome.kind === 'published' ? outcome.publishMs : 0;
  const inspection =
    inspections.find(({ results }) => results.some((result) => result.rule === rule)) ?? inspections[0];
  const fault = faultOf(rule, outcome);
  const failedAt = fault && stepOf(fault);
  const isMatched = inspection?.results.some((result) => result.rule === rule) ?? false;
  for (const step of STEPS) {
    const figures = steps[step];
    figures.in += 1;
    figures.lastMs = now;
    if (inspection !== undefined) figures.latencyUs = latencyUs(step, inspection, publishMs);
    if (fault !== undefined && failedAt === step) {
      figures.exceptions += 1;
      figures.lastException = sentenceOf(fault, step);
      figures.lastExceptionMs = now;
      return;
    }
    if (step === 'filter' && !isMatched && failedAt === undefined) return; // dropped in silence
    figures.out += 1;
  }
}

/** What failed for this rule: a fault of its own, or one of the message. */
function faultOf(rule: string, outcome: Outcome): ServiceError | undefined {
  const faults =
    outcome.kind === 'published'
      ? outcome.refusals
      : outcome.kind === 'deadLettered'
        ? [outcome.error, ...outcome.others]
        : [];
  return (
    faults.find(({ details }) => details['rule'] === rule) ??
    faults.find(({ details }) => details['rule'] === undefined)
  );
}

function stepOf({ code, message }: ServiceError): Step {
  if (UNREADABLE.has(code)) return 'decoder';
  if (REFUSED.has(code)) return 'sink';
  return message.includes('run Select error') ? 'project' : 'filter';
}

/** In eKuiper's words as far as it has any: a picture that cannot be inspected fails in the call of the function. */
function sentenceOf({ code, message, details }: ServiceError, step: Step): string {
  const { reason } = details; // of a rule in SQL
  if (typeof reason === 'string') return reason;
  return step === 'filter' && code !== 'ERR_PREDICATE'
    ? `run Where error: call func inference error: ${message}`
    : message;
}

function latencyUs(step: Step, { stagesMs }: Inspection, publishMs: number): number {
  if (step === 'sink') return publishMs * 1000;
  return STAGES[step].reduce((sum, stage) => sum + (stagesMs[stage] ?? 0), 0) * 1000;
}
