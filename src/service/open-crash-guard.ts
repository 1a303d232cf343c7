import { resolve } from 'node:path';
import { type CrashGuard, createCrashGuard, noCrashGuard } from '../journal/crash-guard.js';
import { openJournal } from '../journal/journal.js';
import type { ServiceContext } from './context.js';

/** The crash guard of journal.path; a journal that cannot be written is told, and work goes on without it. */
export function openCrashGuard({ config, log, parts }: Pick<ServiceContext, 'config' | 'log' | 'parts'>): CrashGuard {
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
  return createCrashGuard(journal);
}
