/** Worker threads that do what a test tells them: stands in for threadSpawner in tests of the pool. */
import type { SpawnThread } from '../../../src/pool/thread.js';
import type { Reply, Request } from '../../../src/worker/protocol/worker.js';

export interface FakeThread {
  readonly requests: Request[];
  readonly terminated: boolean;
  /** The thread says that it has this job in work. */
  begin(id: number): void;
  reply(reply: Reply): void;
  end(cause?: Error): void;
}

export interface FakeThreads {
  readonly spawn: SpawnThread;
  /** In order of creation. */
  readonly all: readonly FakeThread[];
}

export interface FakeThreadsOptions {
  /** Answers `start` with `ready` at once. */
  readonly readyAtOnce?: boolean;
  /** Whether terminate() ends the thread, as it does for JavaScript; false: native code holds it. */
  readonly terminates?: boolean;
  /** Whether `stop` ends the thread; false: it hangs. */
  readonly stops?: boolean;
}

export function fakeThreads(options: FakeThreadsOptions = {}): FakeThreads {
  const { readyAtOnce = true, terminates = true, stops = true } = options;
  const all: FakeThread[] = [];
  return {
    all,
    spawn: (onReply) => {
      const requests: Request[] = [];
      let terminated = false;
      let begun: number | undefined;
      let end: (cause?: Error) => void = () => undefined;
      const ended = new Promise<Error | undefined>((resolve) => {
        end = resolve;
      });
      all.push({
        requests,
        get terminated() {
          return terminated;
        },
        begin(id) {
          begun = id;
        },
        reply: onReply,
        end,
      });
      return {
        ended,
        inWork: () => begun,
        post(request) {
          requests.push(request);
          if (request.type === 'start' && readyAtOnce) queueMicrotask(() => onReply({ type: 'ready' }));
          if (request.type === 'stop' && stops) end();
        },
        terminate() {
          terminated = true;
          if (terminates) end(new Error('terminated'));
        },
      };
    },
  };
}
