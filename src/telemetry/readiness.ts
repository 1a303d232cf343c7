/**
 * Why the service is ready or not: named conditions, each fulfilled or with the reason why it is not. A condition that
 * was never reported is not fulfilled.
 */
import { deferred } from '../std/promises.js';

interface Condition {
  readonly name: string;
  readonly ok: boolean;
  /** Why not; absent when ok. */
  readonly reason?: string;
}

export interface ReadinessState {
  readonly ready: boolean;
  /** One "name: reason" for each condition that is not fulfilled. */
  readonly reasons: readonly string[];
  readonly conditions: readonly Condition[];
}

export interface Readiness<N extends string> {
  fulfil(name: N): void;
  /** @param reason shown to whoever can reach /readyz: no secrets, no payloads. */
  fail(name: N, reason: string): void;
  state(): ReadinessState;
  /** The service stops, and is not ready from now on; what becomes of its parts is told no more. */
  stop(): void;
  /** Resolves when the whole is ready for the first time. */
  readonly firstReady: Promise<void>;
}

/**
 * @param names every condition that must hold.
 * @param onChange called when the whole turns ready or stops being so, not for each condition.
 */
export function createReadiness<const N extends string>(
  names: readonly N[],
  onChange: (state: ReadinessState) => void = () => undefined,
): Readiness<N> {
  const reasonOf = new Map<N, string | undefined>(names.map((name) => [name, 'not yet']));
  let wasReady = false;
  let isStopping = false;
  const first = deferred();

  function state(): ReadinessState {
    const conditions = [...reasonOf].map(
      ([name, reason]): Condition => (reason === undefined ? { name, ok: true } : { name, ok: false, reason }),
    );
    const reasons = conditions.flatMap(({ name, reason }) => (reason === undefined ? [] : [`${name}: ${reason}`]));
    if (isStopping) return { ready: false, reasons: ['service: it stops', ...reasons], conditions };
    return { ready: reasons.length === 0, reasons, conditions };
  }

  function report(name: N, reason: string | undefined): void {
    if (!reasonOf.has(name)) throw new Error(`Cannot report "${name}" as it must be one of ${names.join(', ')}`);
    if (reasonOf.get(name) === reason) return; // told at every picture
    reasonOf.set(name, reason);
    if (isStopping) return;
    const now = state();
    if (now.ready === wasReady) return;
    wasReady = now.ready;
    if (now.ready) first.resolve();
    onChange(now);
  }

  return {
    fulfil: (name) => report(name, undefined),
    fail: report,
    state,
    stop() {
      isStopping = true;
    },
    firstReady: first.promise,
  };
}

/** A condition of readiness that several parts share (streams, models, sinks): it holds when it holds for each of them. */
export interface SharedCondition {
  /** @param reason why it does not hold for this part; undefined: it holds */
  report(part: string, reason: string | undefined): void;
  /** There is no such part any more. */
  forget(part: string): void;
  /** Parts have other names now. */
  renamed(): void;
}

/**
 * @param parts those that there are from the beginning; each is to be reported before the condition holds
 * @param nameOf what a part is called in the reasons; absent: as it is reported
 */
export function createSharedCondition<N extends string>(
  readiness: Pick<Readiness<N>, 'fulfil' | 'fail'>,
  name: N,
  parts: readonly string[],
  nameOf: (part: string) => string = (part) => part,
): SharedCondition {
  const reasons = new Map<string, string | undefined>(parts.map((part) => [part, 'not yet']));

  function tell(): void {
    const failing = [...reasons].filter(([, reason]) => reason !== undefined);
    const isOne = reasons.size === 1;
    if (failing.length === 0) readiness.fulfil(name);
    else
      readiness.fail(name, failing.map(([part, reason]) => (isOne ? reason : `${nameOf(part)}: ${reason}`)).join('; '));
  }

  return {
    report(part, reason) {
      reasons.set(part, reason);
      tell();
    },
    forget(part) {
      reasons.delete(part);
      tell();
    },
    renamed: tell,
  };
}
