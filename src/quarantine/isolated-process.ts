/** The child process that inspects suspects, as the service sees it. Its exit status says who killed it. */
import { fork } from 'node:child_process';
import type { Job } from '../domain/inspection.js';
import { type ChildEnd, sentenceOf, watchChild } from '../std/child-process.js';
import { defined } from '../std/defined.js';
import { fromWire } from '../std/errors.js';
import type { IsolatedReply, IsolatedRequest, IsolatedStart } from '../worker/protocol/isolated.js';

/** What became of one picture; after any end but `survived` the process is gone, and further pictures are `killed`. */
export type Attempt =
  /** It answered, be it with a fault of the picture's own. */
  | { readonly end: 'survived' }
  /** A crash signal, or an exit code of its own, while it had the picture. */
  | { readonly end: 'crashed'; readonly how: string }
  /** Somebody's signal, or the kernel's for want of memory: it says nothing of the picture. */
  | { readonly end: 'killed'; readonly how: string }
  /** It gave no answer in time and was killed. */
  | { readonly end: 'late' }
  /** The process could not start, and never got the picture. */
  | { readonly end: 'could-not-start'; readonly how: string };

export interface IsolatedProcess {
  /** One at a time; `onStart` is called when the process has started and gets the picture. Never rejects. */
  inspect(job: Job, onStart: () => void): Promise<Attempt>;
  /** Ends it at once. */
  end(): void;
}

export type SpawnIsolatedProcess = () => IsolatedProcess;

export interface IsolatedProcessOptions {
  /** For starting the engine and compiling the model. */
  readonly startTimeoutMs: number;
  readonly jobTimeoutMs: number;
}

/** The picture that the process has, or gets when it has started. */
interface Running {
  readonly job: Job;
  readonly onStart: () => void;
  readonly settle: (attempt: Attempt) => void;
}

const CRASH_SIGNALS: ReadonlySet<string> = new Set([
  'SIGSEGV',
  'SIGBUS',
  'SIGABRT',
  'SIGILL',
  'SIGFPE',
  'SIGTRAP',
  'SIGSYS',
]);
/** The heap of a worker thread: a picture has as much room here as there. */
const HEAP_FLAGS = ['--max-semi-space-size=2', '--max-old-space-size=512'];

/** Each call starts a process of `entry`, which loads its code while what it starts with is not there yet. */
export function isolatedProcessSpawner(
  entry: URL,
  start: () => Promise<IsolatedStart>,
  options: IsolatedProcessOptions,
): SpawnIsolatedProcess {
  return () => {
    const child = fork(entry, {
      execArgv: HEAP_FLAGS,
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let isReady = false;
    let isLate = false;
    let fault: string | undefined;
    let running: Running | undefined;
    /** How it went when it is gone. */
    let end: Attempt | undefined;
    let timer = setTimeout(giveUp, options.startTimeoutMs);

    function giveUp(): void {
      isLate = true;
      child.kill('SIGKILL');
    }

    function send(request: IsolatedRequest): void {
      if (child.connected) child.send(request, () => {}); // one that is gone already is reported by 'close'
    }

    function startInspecting(): void {
      clearTimeout(timer);
      if (running === undefined) return;
      const assignmentCount = running.job.assignments?.length ?? 1;
      timer = setTimeout(giveUp, options.jobTimeoutMs * assignmentCount);
      running.onStart();
      send({ type: 'inspect', job: sendable(running.job) });
    }

    function settleAs(attempt: Attempt): void {
      clearTimeout(timer);
      const ended = running;
      running = undefined;
      ended?.settle(attempt);
    }

    function onGone(childEnd: ChildEnd): void {
      const how = sentenceOf(childEnd);
      const attempt = attemptOf(childEnd, how);
      end = running === undefined ? attempt : { end: 'killed', how };
      settleAs(attempt);
    }

    function attemptOf({ code, signal }: ChildEnd, how: string): Attempt {
      if (isLate)
        return isReady ? { end: 'late' } : { end: 'could-not-start', how: `${options.startTimeoutMs} ms are over` };
      if (fault !== undefined) return { end: 'could-not-start', how: fault };
      const itself = signal === null ? code !== 0 : CRASH_SIGNALS.has(signal);
      if (!itself) return { end: 'killed', how };
      if (!isReady) return { end: 'could-not-start', how };
      // Idle, it had no picture that could be blamed.
      return { end: running === undefined ? 'killed' : 'crashed', how };
    }

    child.on('message', (reply: IsolatedReply) => {
      if (isLate) return; // it is being killed
      if (reply.type === 'survived') return settleAs({ end: 'survived' });
      if (reply.type === 'ready') {
        isReady = true;
        return startInspecting();
      }
      fault = fromWire(reply.error).message;
      child.kill('SIGKILL');
    });
    void watchChild(child).ended.then(onGone);
    start()
      .then(({ engine, setups }) =>
        send({ type: 'start', engine, setups: setups.map(({ libvips: _shared, ...setup }) => setup) }),
      )
      .catch(() => child.kill('SIGKILL'));

    return {
      inspect(job, onStart) {
        if (end !== undefined) return Promise.resolve(end);
        return new Promise((settle) => {
          running = { job, onStart, settle };
          if (isReady) startInspecting();
        });
      },
      end: () => void child.kill('SIGKILL'),
    };
  };
}

/** What the inspection reads, in memory of its own: shared memory does not cross processes. */
function sendable({ topic, payload, properties, receivedAtMs, assignments }: Job): Job {
  const { user } = properties;
  return { topic, payload: new Uint8Array(payload), properties: { user }, receivedAtMs, ...defined({ assignments }) };
}
