/** Runs the self-test again and again while the service lives, so that a device gone wrong is noticed. */
export interface SelfTestTimer {
  stop(): void;
}

export interface SelfTestTimerParts {
  readonly selfTest: () => Promise<void>;
  readonly onResult: (error: Error | undefined) => void;
}

/** The next wait begins when a test has ended, so tests never overlap. An interval of 0: never. */
export function startSelfTestTimer({ selfTest, onResult }: SelfTestTimerParts, intervalSeconds: number): SelfTestTimer {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const run = async (): Promise<void> => {
    const error = await selfTest().then(
      () => undefined,
      (reason: unknown) => (reason instanceof Error ? reason : new Error(String(reason))),
    );
    if (stopped) return;
    onResult(error);
    schedule();
  };
  const schedule = (): void => {
    if (intervalSeconds === 0) return;
    timer = setTimeout(() => void run(), intervalSeconds * 1000);
    timer.unref();
  };
  schedule();
  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
