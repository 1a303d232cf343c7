/** Runs the self-test again and again while the service lives, so that a device gone wrong is noticed. */
import { toError } from '../std/errors.js';
export interface SelfTestTimer {
  stop(): void;
}

export interface SelfTestTimerParts {
  readonly selfTest: () => Promise<void>;
  readonly onResult: (error: Error | undefined) => void;
}

export interface SelfTestTimerOptions {
  /** 0: no more than the first, unless that fails. */
  readonly intervalSeconds: number;
  /** The first one at once. */
  readonly isFirstDue: boolean;
}

/** One that failed is tried again, whatever the interval: else the service would stay red for good. */
const RETRY_SECONDS = 60;

/** The next wait begins when a test has ended, so tests never overlap. */
export function startSelfTestTimer(
  { selfTest, onResult }: SelfTestTimerParts,
  { intervalSeconds, isFirstDue }: SelfTestTimerOptions,
): SelfTestTimer {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const run = async (): Promise<void> => {
    const error = await selfTest().then(
      () => undefined,
      (reason: unknown) => toError(reason),
    );
    if (stopped) return;
    onResult(error);
    schedule(error === undefined ? intervalSeconds : intervalSeconds || RETRY_SECONDS);
  };
  const schedule = (seconds: number): void => {
    if (seconds === 0) return;
    timer = setTimeout(() => void run(), seconds * 1000);
    timer.unref();
  };
  if (isFirstDue) void run();
  else schedule(intervalSeconds);
  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
