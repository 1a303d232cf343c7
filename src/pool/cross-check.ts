/** The second opinion of a self-test: OpenCV counts its masks on a thread that lives no longer than that takes. */
import { Worker } from 'node:worker_threads';
import { messageOf, ServiceError } from '../std/errors.js';
import { fromWire } from '../std/wire-error.js';
import type { CountedMasks, RecountReply } from '../worker/protocol/worker.js';

export interface RecountOptions {
  /** After so long the thread is cut. */
  readonly timeoutMs: number;
  /** Cuts the thread: nobody wants to know any more. */
  readonly signal?: AbortSignal | undefined;
}

/** The thread loads one library and a few masks. */
const RESOURCE_LIMITS = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 128 };

/**
 * Resolves when the thread has ended.
 * @throws {ServiceError} ERR_SELF_TEST when OpenCV finds another number in a mask, and when it cannot count at all
 */
export async function recount(entry: URL, counted: CountedMasks, { timeoutMs, signal }: RecountOptions): Promise<void> {
  const reply = await ask(entry, counted, { timeoutMs, signal });
  if (reply.type === 'not-recounted') throw noCount(fromWire(reply.error));
  for (const [i, { name, contours }] of counted.masks.entries()) {
    const found = reply.contours[i];
    if (found === contours) continue;
    throw new ServiceError(
      'ERR_SELF_TEST',
      `Cannot trust the count of contours as OpenCV must find the same in ${name} of the self-test: ${contours} were counted, OpenCV finds ${found}`,
      { details: { mask: name, counted: contours, opencv: found ?? null } },
    );
  }
}

function ask(entry: URL, counted: CountedMasks, { timeoutMs, signal }: RecountOptions): Promise<RecountReply> {
  return new Promise((resolve, reject) => {
    const thread = new Worker(entry, {
      workerData: counted,
      name: 'flawline-recount',
      resourceLimits: RESOURCE_LIMITS,
    });
    let reply: RecountReply | undefined;
    let cause: unknown;
    const cut = (why: string) => {
      cause ??= new Error(why);
      void thread.terminate();
    };
    const onAbort = () => cut('the service stops');
    const watchdog = setTimeout(() => cut(`it took longer than ${timeoutMs / 1000} s`), timeoutMs);
    if (signal?.aborted) onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
    thread.once('message', (message: RecountReply) => {
      reply = message;
    });
    thread.once('error', (error) => {
      cause ??= error;
    });
    thread.once('exit', (code) => {
      clearTimeout(watchdog);
      signal?.removeEventListener('abort', onAbort);
      if (reply === undefined) reject(noCount(cause ?? new Error(`its thread ended with code ${code}`)));
      else resolve(reply);
    });
  });
}

function noCount(cause: unknown): ServiceError {
  // The first line: what follows in Node's own are places in the file system, for the log and not for /readyz.
  const reason = messageOf(cause).split('\n', 1)[0];
  return new ServiceError(
    'ERR_SELF_TEST',
    `Cannot check the count of contours as OpenCV must count the self-test's masks too: ${reason}`,
    { cause },
  );
}
