/** The child process of quarantine/isolated-process.ts: inspects pictures that may kill it, and throws the results away. */

import { writeFileSync } from 'node:fs';
import koffi from 'koffi';
import { toServiceError, toWire } from '../std/errors.js';
import { type ModelSet, openModelSet } from './model-set.js';
import type { IsolatedReply, IsolatedRequest } from './protocol/isolated.js';

/** Of sys/prctl.h. */
const PR_SET_PDEATHSIG = 1;
const SIGKILL = 9;

let models: ModelSet | undefined;

dieBeforeService();
dieWithService();
// A terminal and some supervisors signal every process of the service: the process that inspects a suspect must not die of that.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);

let last = Promise.resolve();
process.on('message', (request: IsolatedRequest) => {
  last = last.then(() => handle(request));
});

async function handle(request: IsolatedRequest): Promise<void> {
  if (request.type === 'inspect') {
    if (models === undefined) throw new Error('asked before "start"');
    for (const assignment of request.job.assignments ?? [undefined]) {
      const { inspector } = models.unitOf(assignment?.model);
      const job = { ...request.job, ...(assignment && { assignments: [assignment] }) };
      await inspector.inspect(job).catch(() => undefined); // a fault of the picture's own is an answer, too
    }
    reply({ type: 'survived' });
    return;
  }
  try {
    models = await openModelSet(request.engine);
    const libvips = new SharedArrayBuffer(4);
    for (const setup of request.setups) await models.addModel({ setup: { ...setup, libvips }, shared: undefined });
    reply({ type: 'ready' });
  } catch (error) {
    reply({ type: 'could-not-start', error: toWire(toServiceError(error, 'ERR_MODEL_LOAD')) });
  }
}

function reply(message: IsolatedReply): void {
  process.send?.(message);
}

/** Should memory run short the kernel is to end this process, not the larger one that it serves. */
function dieBeforeService(): void {
  try {
    writeFileSync('/proc/self/oom_score_adj', '1000');
  } catch {
    // Not everywhere.
  }
}

/** By the closed pipe, and by the kernel should native code hold this thread just then. */
function dieWithService(): void {
  process.on('disconnect', () => process.exit());
  try {
    koffi.load(null).func('int prctl(int, unsigned long)')(PR_SET_PDEATHSIG, SIGKILL);
  } catch {
    // No such function: the pipe must do.
  }
}
