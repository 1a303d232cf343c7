/** The status of a rule under eKuiper's names: its operators as they would be there, with figures of what does their work here. */
import type { RuleView } from './rule-definition.js';

/** What one step did for a rule since it was started. */
export interface StepFigures {
  readonly in: number;
  readonly out: number;
  readonly exceptions: number;
  readonly lastException: string;
  readonly lastExceptionMs: number;
  /** Of the latest message. */
  readonly latencyUs: number;
  /** Milliseconds since the epoch; 0: never. */
  readonly lastMs: number;
}

/** A connection to a broker; times in milliseconds since the epoch, 0: never. */
export interface LinkFigures {
  readonly isConnected: boolean;
  readonly lastConnectedMs: number;
  readonly lastDisconnectedMs: number;
  readonly lastDisconnectedMessage: string;
  readonly lastTryMs: number;
}

export const STEPS = ['source', 'decoder', 'filter', 'project', 'sink'] as const;
export type Step = (typeof STEPS)[number];

export interface RuleFigures {
  readonly isRunning: boolean;
  readonly startedMs: number;
  readonly stoppedMs: number;
  /** Absent: it never ran. */
  readonly steps?: Readonly<Record<Step, StepFigures>>;
  /** Pictures of the stream that are not settled. */
  readonly waiting: number;
  readonly source: LinkFigures;
  /** One for each action; undefined: it publishes nothing. */
  readonly sinks: readonly (LinkFigures | undefined)[];
}

export function statusOf(rule: RuleView, figures: RuleFigures): Readonly<Record<string, string | number>> {
  const { isRunning, startedMs, stoppedMs, steps, waiting } = figures;
  const general = {
    status: isRunning ? 'running' : 'stopped',
    message: !isRunning && stoppedMs > 0 ? 'canceled manually' : '',
    lastStartTimestamp: startedMs,
    lastStopTimestamp: stoppedMs,
    nextStartTimestamp: 0,
  };
  if (steps === undefined) return general;
  const operators = operatorsOf(rule).map(({ name, step, action }) => ({
    ...stepKeys(`${name}_0`, steps[step], step === 'filter' || step === 'source' ? waiting : 0),
    ...(step === 'source' && linkKeys(`${name}_0`, figures.source)),
    ...(name.startsWith('sink_') && linkKeys(`${name}_0`, figures.sinks[action ?? 0])),
  }));
  return Object.assign({}, general, ...operators) as Readonly<Record<string, string | number>>;
}

export function summaryOf(rule: RuleView, figures: RuleFigures): unknown {
  const steps = Object.values(figures.steps ?? {});
  const last = steps.reduce<StepFigures | undefined>(
    (newest, step) => (step.lastExceptionMs > (newest?.lastExceptionMs ?? 0) ? step : newest),
    undefined,
  );
  const { status } = statusOf(rule, figures);
  const exceptions = steps.reduce((sum, step) => sum + step.exceptions, 0);
  return { status, last_exception: last?.lastException ?? '', exceptions_total: exceptions };
}

/** Which operators follow which, as a graph. */
export function topoOf(rule: RuleView): unknown {
  const names = operatorsOf(rule);
  const common = names.filter(({ action }) => action === undefined).map(({ name }) => name);
  const edges = new Map<string, string[]>();
  const connect = (chain: readonly string[]) => {
    for (const [at, name] of chain.slice(0, -1).entries()) {
      const next = chain[at + 1] ?? '';
      const known = edges.get(name) ?? [];
      if (!known.includes(next)) edges.set(name, [...known, next]);
    }
  };
  connect(common);
  for (const action of new Set(names.map((each) => each.action).filter((each) => each !== undefined))) {
    connect([common.at(-1) ?? '', ...names.filter((each) => each.action === action).map(({ name }) => name)]);
  }
  return { sources: common.slice(0, 1), edges: Object.fromEntries([...edges].sort(([a], [b]) => (a < b ? -1 : 1))) };
}

interface Operator {
  /** As eKuiper calls it, without the number of the instance. */
  readonly name: string;
  readonly step: Step;
  /** Of an operator behind an action. */
  readonly action?: number;
}

function operatorsOf({ spec, hasFilter, actionNames }: RuleView): readonly Operator[] {
  const actions = actionNames.flatMap((sink, action): readonly Operator[] => [
    { name: `op_${sink}_${action}_0_transform`, step: 'project', action },
    ...(sink === 'mqtt' ? [{ name: `op_${sink}_${action}_1_encode`, step: 'project', action } as const] : []),
    { name: `sink_${sink}_${action}`, step: 'sink', action },
  ]);
  return [
    { name: `source_${spec.stream}`, step: 'source' },
    { name: 'op_2_decoder', step: 'decoder' },
    ...(hasFilter ? [{ name: 'op_3_filter', step: 'filter' } as const] : []),
    { name: `op_${hasFilter ? 4 : 3}_project`, step: 'project' },
    ...actions,
  ];
}

function stepKeys(prefix: string, step: StepFigures, waiting: number): Readonly<Record<string, string | number>> {
  return {
    [`${prefix}_records_in_total`]: step.in,
    [`${prefix}_records_out_total`]: step.out,
    [`${prefix}_messages_processed_total`]: step.in,
    [`${prefix}_process_latency_us`]: Math.round(step.latencyUs),
    [`${prefix}_buffer_length`]: waiting,
    [`${prefix}_last_invocation`]: step.lastMs,
    [`${prefix}_exceptions_total`]: step.exceptions,
    [`${prefix}_last_exception`]: step.lastException,
    [`${prefix}_last_exception_time`]: step.lastExceptionMs,
  };
}

function linkKeys(prefix: string, link: LinkFigures | undefined): Readonly<Record<string, string | number>> {
  return {
    [`${prefix}_connection_status`]:
      link === undefined || link.isConnected ? 1 : link.lastDisconnectedMessage === '' ? 0 : -1,
    [`${prefix}_connection_last_connected_time`]: link?.lastConnectedMs ?? 0,
    [`${prefix}_connection_last_disconnected_time`]: link?.lastDisconnectedMs ?? 0,
    [`${prefix}_connection_last_disconnected_message`]: link?.lastDisconnectedMessage ?? '',
    [`${prefix}_connection_last_try_time`]: link?.lastTryMs ?? 0,
  };
}
