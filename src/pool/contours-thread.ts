/** The thread that counts contours for all workers, main-thread side. */
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';

export interface ContoursThread {
  /** A line to the thread for one more worker; to a new thread when the last one has died. */
  connect(): MessagePort;
  close(): Promise<void>;
}

const RESOURCE_LIMITS = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 128 };

/** @param onDeath the workers then count by themselves until they are replaced */
export function startContoursThread(entry: URL, onDeath: (cause: Error) => void): ContoursThread {
  let closed = false;
  let thread: Worker | undefined = start();

  function start(): Worker {
    const worker = new Worker(entry, { name: 'flawline-contours', resourceLimits: RESOURCE_LIMITS });
    let cause: Error | undefined;
    worker.once('error', (error: unknown) => {
      cause = error instanceof Error ? error : new Error(String(error));
    });
    worker.once('exit', (code) => {
      if (thread === worker) thread = undefined;
      if (!closed) onDeath(cause ?? new Error(`thread ended with code ${code}`));
    });
    return worker;
  }

  return {
    connect() {
      const { port1, port2 } = new MessageChannel();
      thread ??= start();
      thread.postMessage(port2, [port2]);
      return port1;
    },
    async close() {
      closed = true;
      await thread?.terminate();
    },
  };
}
