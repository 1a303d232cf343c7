import { resolve } from 'node:path';
import { type CrashGuard, createCrashGuard, noCrashGuard } from '../quarantine/crash-guard.js';
import { openJournal } from '../quarantine/crash-journal.js';
import { suspectProcessSpawner } from '../quarantine/isolated-process.js';
import { createExaminer } from '../quarantine/isolated-runner.js';
import type { WorkerSetup } from '../worker/protocol/worker.js';
import type { ServiceContext } from './context.js';

/** As long as the service's own model may take. */
const START_TIMEOUT_MS = 120_000;
const FIRST_KILL_DELAY_MS = 250;
/** Longer than the workers take to start and the broker to send again what was in work. */
const IDLE_MS = 5_000;

/**
 * The crash guard of journal.path; a journal that cannot be written is told, and work goes on without it.
 * @param setup may take its time; the process for suspects, if it is needed, loads its code meanwhile
 */
export function openCrashGuard(
  { config, log, parts }: Pick<ServiceContext, 'config' | 'log' | 'parts'>,
  setup: () => Promise<WorkerSetup>,
): CrashGuard {
  if (config.journal.path === undefined) return noCrashGuard;
  const path = resolve(parts.cwd, config.journal.path);
  const journal = openJournal({
    path,
    onFault(error) {
      if (error === undefined) log.info({ path }, 'the journal is written again');
      else
        log.error({ path, err: error }, 'the journal cannot be written: a picture that kills the process is not found');
    },
  });
  const spawn = suspectProcessSpawner(new URL('../worker/isolated-entry.js', import.meta.url), setup, {
    startTimeoutMs: START_TIMEOUT_MS,
    jobTimeoutMs: config.limits.jobTimeoutMs,
  });
  const examiner = createExaminer(
    {
      spawn,
      journal,
      onTry: (digest) => log.info({ digest }, 'a suspect is tried in a process of its own'),
      onAttempt(digest, attempt) {
        if (attempt.end === 'survived') log.info({ digest }, 'the process survived the suspect');
        else log.warn({ digest, ...attempt }, 'the process did not survive the suspect');
      },
    },
    { killDelayMs: (kills) => FIRST_KILL_DELAY_MS * 2 ** (kills - 1), idleMs: IDLE_MS },
  );
  if (journal.isAfterDeath) examiner.prepare();
  return createCrashGuard(journal, examiner);
}
