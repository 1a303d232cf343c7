/** The child process in which suspects are tried, as the service sees it. Its exit status says who killed it. */
import { fork } from 'node:child_process';
import type { Job } from '../domain/inspection.js';
import { fromWire } from '../std/wire-error.js';
import type { SuspectReply, SuspectRequest } from '../worker/protocol/isolated.js';
import type { WorkerSetup } from '../worker/protocol/worker.js';

/** What came of one trial; after any but `survived` the process is gone, and what is tried in it then is `killed`. */
export type Attempt =
  /** It answered, be it with a fault of the picture's own. */
  | { readonly end: 'survived' }
  /** A crash signal, or an exit code of its own, while it had the picture. */
  | { readonly end: 'crashed'; readonly how: string }
  /** Somebody's signal, or the kernel's for want of memory: it says nothing of the picture. */
  | { readonly end: 'killed'; readonly how: string }
  /** It gave no answer in time and was killed. */
  | { readonly end: 'late' }
  /** It could not start, so that the picture was not tried. */
  | { readonly end: 'unfit'; readonly how: string };

export interface SuspectProcess {
  /** One at a time; `onStart` is called when the process has started and gets the picture. Never rejects. */
  inspect(job: Job, onStart: () => void): Promise<Attempt>;
  /** Ends it at once. */
  end(): void;
}

export type SpawnSuspectProcess = () => SuspectProcess;

export interface SuspectProcessOptions {
  /** For starting the engine and compiling the model. */
  readonly startTimeoutMs: number;
  readonly jobTimeoutMs: number;
}

interface DryRun {
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
/** The heap of a worker thread: no picture is to have more room in one place than in the other. */
const HEAP_FLAGS = ['--max-semi-space-size=2', '--max-old-space-size=512'];
const STDERR_KEPT = 2000;

/** Each call starts a process of `entry`, which loads its code while the setup is not there yet. */
export function suspectProcessSpawner(
  entry: URL,
  setup: () => Promise<WorkerSetup>,
  options: SuspectProcessOptions,
): SpawnSuspectProcess {
  return () => {
    const child = fork(entry, {
      execArgv: HEAP_FLAGS,
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let isReady = false;
    let isLate = false;
    let fault: string | undefined;
    let stderr = '';
    let trial: DryRun | undefined;
    /** How it went when it is gone. */
    let end: Attempt | undefined;
    let timer = setTimeout(giveUp, options.startTimeoutMs);

    function giveUp(): void {
      isLate = true;
      child.kill('SIGKILL');
    }

    function send(request: SuspectRequest): void {
      if (child.connected) child.send(request, () => {}); // one that is gone already is reported by 'close'
    }

    function startProbing(): void {
      clearTimeout(timer);
      if (trial === undefined) return;
      timer = setTimeout(giveUp, options.jobTimeoutMs);
      trial.onStart();
      send({ type: 'inspect', job: sendable(trial.job) });
    }

    function settleAs(attempt: Attempt): void {
      clearTimeout(timer);
      const ended = trial;
      trial = undefined;
      ended?.settle(attempt);
    }

    function onGone(code: number | null, signal: string | null): void {
      if (end !== undefined) return;
      const said = stderr.trim();
      const how = `${signal ?? `exit code ${code}`}${said === '' ? '' : `: ${said}`}`;
      const attempt = attemptOf(code, signal, how);
      end = trial === undefined ? attempt : { end: 'killed', how };
      settleAs(attempt);
    }

    function attemptOf(code: number | null, signal: string | null, how: string): Attempt {
      if (isLate) return isReady ? { end: 'late' } : { end: 'unfit', how: `${options.startTimeoutMs} ms are over` };
      if (fault !== undefined) return { end: 'unfit', how: fault };
      const itself = signal === null ? code !== 0 : CRASH_SIGNALS.has(signal);
      if (!itself) return { end: 'killed', how };
      if (!isReady) return { end: 'unfit', how };
      // Idle, it had no picture that could be blamed.
      return { end: trial === undefined ? 'killed' : 'crashed', how };
    }

    child.stderr?.on('data', (chunk: Buffer) => {
      stderr = (stderr + chunk.toString()).slice(-STDERR_KEPT);
    });
    child.on('message', (reply: SuspectReply) => {
      if (isLate) return; // it is being killed
      if (reply.type === 'survived') return settleAs({ end: 'survived' });
      if (reply.type === 'ready') {
        isReady = true;
        return startProbing();
      }
      fault = fromWire(reply.error).message;
      child.kill('SIGKILL');
    });
    child.on('error', (error) => {
      if (child.pid !== undefined) return; // what else fails is followed by 'close'
      fault = error.message;
      onGone(null, null);
    });
    child.once('close', onGone);
    setup()
      .then(({ libvips: _shared, ...sendable }) => send({ type: 'start', setup: sendable }))
      .catch(() => child.kill('SIGKILL'));

    return {
      inspect(job, onStart) {
        if (end !== undefined) return Promise.resolve(end);
        return new Promise((settle) => {
          trial = { job, onStart, settle };
          if (isReady) startProbing();
        });
      },
      end: () => void child.kill('SIGKILL'),
    };
  };
}

/** What the inspection reads, in memory of its own: shared memory does not cross processes. */
function sendable({ topic, payload, properties, receivedAtMs }: Job): Job {
  return { topic, payload: new Uint8Array(payload), properties: { user: properties.user }, receivedAtMs };
}
