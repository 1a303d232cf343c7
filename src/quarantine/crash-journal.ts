/**
 * The crash journal: which pictures were in work when a process died. A native crash takes the process with it and the
 * broker sends the picture again to the next one, for ever; the journal finds the picture.
 *
 * One record of 64 bytes when a picture goes to a worker and one when it comes back, written without fsync: what the
 * kernel has survives the process, and it is the process that dies. The next process reads what was started and never
 * finished. It cannot tell a crash from somebody's SIGKILL, so that picture is only a suspect, however often this happens.
 * The isolated retry (isolated-runner.ts) reports `survived` or `died`; after two deaths the picture is quarantined.
 */

import { closeSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import { toError } from '../std/errors.js';

/** sha256 of topic and payload, 64 hexadecimal digits (messageDigest). */
export type Digest = string;

export type PictureStatus = 'healthy' | 'suspect' | 'quarantined';

export interface CrashJournal {
  /** The process before this one died with pictures in work: they will come again. */
  readonly isAfterDeath: boolean;
  statusOf(digest: Digest): PictureStatus;
  /** A worker gets the picture now. */
  started(digest: Digest): void;
  /** The worker gave it back, with whatever outcome. A suspect is healthy then. */
  finished(digest: Digest): void;
  /** A process died of it that inspected nothing else. */
  died(digest: Digest): void;
  /** A process inspected it and lives: the suspect is healthy. */
  survived(digest: Digest): void;
  /** The process ends in order: what is unfinished now is no suspect. */
  close(): void;
}

export interface CrashJournalOptions {
  readonly path: string;
  /** Records after which the file is written afresh. */
  readonly maxRecords?: number;
  /** The file cannot be written (disk full …): work goes on, unprotected, until `onFault(undefined)` says it is back. */
  readonly onFault: (error: Error | undefined) => void;
}

const RECORD_BYTES = 64;
/** 244 bits of the digest: with mark, space and line feed one record. */
const DIGEST_DIGITS = 61;
const DEATHS_TO_QUARANTINE = 2;
/** Suspects that never came back (expired at the broker) are forgotten, the oldest first; never what is in quarantine. */
const MAX_SUSPECTS = 1_000;
/** 1 MiB. */
const MAX_RECORDS = 16_384;
/**
 * `>` started, `<` finished, `!` died, `=` survived, `?` a suspect carried over from former processes. A digit is a suspect, too:
 * it once counted ends of the service, which prove nothing.
 */
const RECORD = /^([<>!=?\d]) ([0-9a-f]{61})$/;
type Mark = '<' | '>' | '!' | '=';

/** Does not throw for a file that cannot be read or written: it reports that, and suspects no picture. */
export function openCrashJournal({ path, maxRecords = MAX_RECORDS, onFault }: CrashJournalOptions): CrashJournal {
  const { inWork: unfinished, deaths } = replay(readRecords(path));
  for (const digest of unfinished.keys()) deaths.set(digest, deaths.get(digest) ?? 0);
  const suspects = [...deaths].filter(([, count]) => !isQuarantined(count));
  for (const [digest] of suspects.slice(0, -MAX_SUSPECTS)) deaths.delete(digest);
  /** How often each picture is in work at this moment: equal pictures share a digest. */
  const inWork = new Map<Digest, number>();
  let file: number | undefined;
  let records = 0;
  let isBroken = false;

  function guarded(write: () => void): void {
    try {
      write();
      if (isBroken) onFault(undefined);
      isBroken = false;
    } catch (error) {
      if (!isBroken) onFault(toError(error));
      isBroken = true;
      closeFile();
    }
  }

  /** Closes once, also when that fails: the number may belong to another file by then. */
  function closeFile(): void {
    const open = file;
    file = undefined;
    try {
      if (open !== undefined) closeSync(open);
    } catch {
      // A full disk, told as late as this by the file system of a network.
    }
  }

  /** The same knowledge in as few records as possible. In one step: a process that dies here leaves a whole file. */
  function rewrite(): void {
    closeFile();
    const lines = [
      ...[...deaths].flatMap(([digest, count]) => ['?', ...'!'.repeat(count)].map((mark) => record(mark, digest))),
      ...[...inWork].flatMap(([digest, count]) => Array.from({ length: count }, () => record('>', digest))),
    ];
    writeFileSync(`${path}.new`, lines.join(''));
    renameSync(`${path}.new`, path);
    file = openSync(path, 'r+');
    records = lines.length;
  }

  function append(mark: Mark, digest: Digest): void {
    guarded(() => {
      if (file === undefined || records >= maxRecords + inWork.size + deaths.size) return rewrite();
      // At its own place, so that a record cut short by a full disk is written over.
      const written = writeSync(file, record(mark, digest), records * RECORD_BYTES, 'latin1');
      if (written !== RECORD_BYTES) throw new Error(`${written} of ${RECORD_BYTES} bytes were written`);
      records += 1;
    });
  }

  guarded(rewrite);
  return {
    isAfterDeath: unfinished.size > 0,
    statusOf(digest) {
      const count = deaths.get(shorten(digest));
      if (count === undefined) return 'healthy';
      return isQuarantined(count) ? 'quarantined' : 'suspect';
    },
    started(digest) {
      const short = shorten(digest);
      inWork.set(short, (inWork.get(short) ?? 0) + 1);
      append('>', short);
    },
    finished(digest) {
      const short = shorten(digest);
      const count = (inWork.get(short) ?? 0) - 1;
      if (count > 0) inWork.set(short, count);
      else inWork.delete(short);
      deaths.delete(short);
      append('<', short);
    },
    died(digest) {
      const short = shorten(digest);
      deaths.set(short, (deaths.get(short) ?? 0) + 1);
      append('!', short);
    },
    survived(digest) {
      const short = shorten(digest);
      deaths.delete(short);
      append('=', short);
    },
    close() {
      inWork.clear();
      guarded(rewrite);
      closeFile();
    },
  };
}

interface Replayed {
  readonly inWork: Map<Digest, number>;
  readonly deaths: Map<Digest, number>;
}

function replay(records: Iterable<readonly [mark: string, digest: Digest]>): Replayed {
  const inWork = new Map<Digest, number>();
  const deaths = new Map<Digest, number>();
  for (const [mark, digest] of records) {
    if (mark === '>') inWork.set(digest, (inWork.get(digest) ?? 0) + 1);
    else if (mark === '<') {
      deaths.delete(digest);
      const count = (inWork.get(digest) ?? 0) - 1;
      if (count > 0) inWork.set(digest, count);
      else inWork.delete(digest);
    } else if (mark === '!') deaths.set(digest, (deaths.get(digest) ?? 0) + 1);
    else if (mark === '=') deaths.delete(digest);
    else deaths.set(digest, 0);
  }
  return { inWork, deaths };
}

/** Skips lines that are no records, as of a file that was cut short. */
function* readRecords(path: string): Generator<readonly [string, Digest]> {
  let text = '';
  try {
    text = readFileSync(path, 'latin1');
  } catch {
    return; // the first start, or a fault that the first write reports
  }
  for (const line of text.split('\n')) {
    const [, mark, digest] = RECORD.exec(line) ?? [];
    if (mark !== undefined && digest !== undefined) yield [mark, digest];
  }
}

function isQuarantined(count: number): boolean {
  return count >= DEATHS_TO_QUARANTINE;
}

function record(mark: string, digest: Digest): string {
  return `${mark} ${digest}\n`;
}

function shorten(digest: Digest): Digest {
  return digest.slice(0, DIGEST_DIGITS);
}
