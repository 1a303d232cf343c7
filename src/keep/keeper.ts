/**
 * Keeps pictures for a second look, off the way of messages: what it is given waits in memory up to a bound and is written by
 * one writer. A disk that is full or gone costs kept pictures and nothing else.
 */
import { KEEP_FAULTS, type KeepFault } from '../domain/closed-sets.js';
import type { KeptPicture } from '../domain/inspection.js';
import type { Measures } from '../domain/measures.js';
import { FORMATS, formatOf } from '../imaging/formats.js';
import { encodeMaskOfPicture } from '../imaging/mask-png.js';
import { defined } from '../std/defined.js';
import { messageOf } from '../std/errors.js';
import type { Logger } from '../std/logger.js';
import { settlesWithin } from '../std/promises.js';
import type { KeptEntry, KeptFolder } from './kept-folder.js';
import { type KeptRecord, nameOf, type Verdict } from './record.js';
import { createStock, type StockCounts, type StockItem } from './stock.js';

export interface KeepInput {
  readonly kept: KeptPicture;
  readonly id: string;
  readonly topic: string;
  readonly camera?: string | undefined;
  readonly receivedAtMs: number;
  /** name@version. */
  readonly model: string;
  readonly rules: readonly string[];
  readonly measures: Measures;
}

export interface KeepStatus extends StockCounts {
  readonly maxBytes: number;
  /** Since the start of the process. */
  readonly kept: number;
  readonly notKept: Readonly<Record<KeepFault, number>>;
  /** Why pictures are not kept just now. */
  readonly fault?: string;
}

/** What a person says of a picture; null takes it back. `mask` is a PNG of the picture's size, of a verdict of wrong. */
export type Saying = { readonly verdict: Verdict; readonly mask?: Uint8Array } | null;

export interface Keeper {
  /** Returns at once. */
  add(input: KeepInput): void;
  /** A predicate that says what is kept failed on a picture. */
  failed(reason: string): void;
  status(): KeepStatus;
  /** Newest first. */
  list(isJudged: boolean, maxCount: number): Promise<readonly KeptEntry[]>;
  read(key: string): Promise<KeptEntry | undefined>;
  readonly folder: Pick<KeptFolder, 'readFile'>;
  /** False when there is no such picture. @throws {Error} when the disk refuses */
  judge(key: string, saying: Saying): Promise<boolean>;
  /** Writes what waits, for at most `timeoutMs`. */
  close(timeoutMs: number): Promise<void>;
}

export interface KeeperParts {
  readonly folder: KeptFolder;
  readonly log: Pick<Logger, 'warn' | 'info'>;
  /** Milliseconds since the epoch. */
  readonly nowMs: () => number;
}

export interface KeeperOptions {
  readonly maxBytes: number;
  readonly days: number;
}

/** Pictures that wait for the disk: above it the next one is given up. */
const MAX_WAITING_BYTES = 64 * 2 ** 20;
/** After a fault of the disk nothing is tried for so long. */
const RETRY_MS = 10_000;
const SWEEP_MS = 600_000;
const DAY_MS = 86_400_000;
/** A fault is told at most so often. */
const TELL_MS = 60_000;

export function createKeeper({ folder, log, nowMs }: KeeperParts, { maxBytes, days }: KeeperOptions): Keeper {
  const stock = createStock();
  const waiting: KeepInput[] = [];
  const notKept = Object.fromEntries(KEEP_FAULTS.map((fault) => [fault, 0])) as Record<KeepFault, number>;
  let waitingBytes = 0;
  let kept = 0;
  let fault: string | undefined;
  let retryAtMs = 0;
  let sweptAtMs = nowMs();
  let toldAtMs = Number.NEGATIVE_INFINITY;
  let isClosed = false;
  let writing: Promise<void> | undefined;
  const opened = open();

  async function open(): Promise<void> {
    try {
      const { items, unfinished } = await folder.scan();
      for (const item of items) stock.put(item);
      for (const name of unfinished) await folder.removeFile(name);
      await sweep();
    } catch (error) {
      giveUp('disk', `the folder cannot be read: ${messageOf(error)}`, 0);
    }
  }

  /** @param count of pictures that this costs */
  function giveUp(why: KeepFault, reason: string, count = 1): void {
    notKept[why] += count;
    if (why !== 'predicate' && why !== 'too_fast') fault = reason;
    const now = nowMs();
    if (now - toldAtMs < TELL_MS) return;
    toldAtMs = now;
    log.warn({ folder: folder.path, notKept: { ...notKept }, reason }, 'pictures are not kept for a second look');
  }

  async function removeAll(items: readonly StockItem[]): Promise<void> {
    for (const { key } of items) {
      if (stock.get(key)?.isJudged) continue; // somebody was faster
      stock.remove(key);
      await folder.remove(key);
    }
  }

  async function sweep(): Promise<void> {
    sweptAtMs = nowMs();
    await removeAll(stock.overdue(sweptAtMs, days * DAY_MS));
  }

  async function keep(input: KeepInput): Promise<void> {
    if (nowMs() < retryAtMs) return giveUp('disk', fault ?? '');
    try {
      if (nowMs() - sweptAtMs > SWEEP_MS) await sweep();
      const { kept: picture, measures } = input;
      const mask = { data: picture.mask, ...picture.maskSize };
      const found = await encodeMaskOfPicture(mask, measures, picture.seen);
      const name = freeName(picture.model, nameOf(input.receivedAtMs, input.id));
      const file = `${name}${FORMATS[formatOf(picture.picture) ?? 'jpeg'].extensions[0]}`; // it was decoded: it is one of them
      const key = `${picture.model}/${name}`;
      const record = recordOf(input, file);
      const going = stock.roomFor(picture.picture.byteLength + found.byteLength, maxBytes);
      if (going === undefined) {
        return giveUp('full', `judged pictures take all of keep.maxBytes (${maxBytes}): take them out, or raise it`);
      }
      await removeAll(going);
      const bytes = await folder.write(key, { record, picture: picture.picture, found });
      stock.put({ key, receivedAtMs: input.receivedAtMs, bytes, isJudged: false });
      kept += 1;
      fault = undefined;
    } catch (error) {
      retryAtMs = nowMs() + RETRY_MS;
      giveUp('disk', `the folder cannot be written: ${messageOf(error)}`);
    }
  }

  /** One id twice in one millisecond is two pictures. */
  function freeName(model: string, name: string): string {
    if (stock.get(`${model}/${name}`) === undefined) return name;
    return `${name}_${kept}`;
  }

  async function writeAll(): Promise<void> {
    await opened;
    for (let input = waiting.shift(); input !== undefined; input = waiting.shift()) {
      waitingBytes -= sizeOf(input);
      await keep(input);
    }
    writing = undefined;
  }

  return {
    add(input) {
      if (isClosed) return;
      if (waitingBytes + sizeOf(input) > MAX_WAITING_BYTES) {
        return giveUp('too_fast', 'they come faster than the disk takes them');
      }
      waiting.push(input);
      waitingBytes += sizeOf(input);
      writing ??= writeAll();
    },
    failed: (reason) => giveUp('predicate', reason),
    status: () => ({ ...stock.counts(), maxBytes, kept, notKept: { ...notKept }, ...defined({ fault }) }),
    async list(isJudged, maxCount) {
      await opened;
      const wanted = stock.items().filter((item) => item.isJudged === isJudged);
      const entries = await Promise.all(wanted.slice(0, maxCount).map(({ key }) => folder.read(key)));
      return entries.filter((entry) => entry !== undefined);
    },
    read: (key) => folder.read(key),
    folder,
    async judge(key, saying) {
      await opened;
      const item = stock.get(key);
      if (item === undefined) return false;
      stock.put({ ...item, isJudged: true }); // from here on it is not taken away
      try {
        if (saying === null) await folder.unjudge(key);
        else await folder.judge(key, { verdict: saying.verdict, at: new Date(nowMs()).toISOString() }, saying.mask);
        stock.put({ ...item, bytes: await folder.bytesOf(key), isJudged: saying !== null });
        return true;
      } catch (error) {
        stock.put(item);
        throw error;
      }
    },
    async close(timeoutMs) {
      isClosed = true;
      if (writing === undefined || (await settlesWithin(writing, timeoutMs))) return;
      log.info({ left: waiting.length }, 'pictures that were to be kept are left: the disk is too slow');
      waiting.length = 0;
    },
  };
}

function sizeOf({ kept }: KeepInput): number {
  return kept.picture.byteLength + kept.mask.byteLength;
}

function recordOf({ kept, receivedAtMs, camera, ...rest }: KeepInput, picture: string): KeptRecord {
  const { id, topic, model, rules, measures } = rest;
  const receivedAt = new Date(receivedAtMs).toISOString();
  const { reasons } = kept;
  return { format: 1, id, topic, ...defined({ camera }), receivedAt, model, reasons, rules, picture, measures };
}
