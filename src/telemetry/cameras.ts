/**
 * One line a camera: when it was last seen, how many pictures it sends, the share of them with defects, how long they take,
 * and its last fault. At most `max` cameras are kept apart; those that were not seen for the longest time are counted
 * together as `other`, so that neither memory nor a scrape grows with what publishers call themselves.
 */
import type { ErrorCode } from '../std/errors.js';

export interface CameraLine {
  readonly camera: string;
  /** Milliseconds since the epoch. */
  readonly lastSeenAtMs: number;
  /** Messages since the start of the process, by what became of them. */
  readonly pictures: number;
  readonly defective: number;
  readonly deadLetters: number;
  /** Pictures of the last minute. */
  readonly perMinute: number;
  /** Of the last pictures; absent before the first. */
  readonly medianMs?: number;
  readonly lastError?: { readonly code: ErrorCode; readonly atMs: number };
}

export interface Cameras {
  /** A picture was inspected. */
  inspected(camera: string, picture: { readonly isDefective: boolean; readonly endToEndMs: number }): void;
  deadLettered(camera: string, code: ErrorCode): void;
  /** `other` stands last, once there is such a one. */
  lines(): readonly CameraLine[];
}

export interface CamerasOptions {
  readonly max: number;
  /** Milliseconds since the epoch. */
  readonly nowMs: () => number;
}

/** A camera that has sent nothing for so long is silent; the alert FlawlineCameraSilent waits as long. */
export const SILENT_AFTER_MS = 60_000;

/** The name of all that are not kept apart. */
const OTHER_CAMERAS = 'other';
const LATENCIES = 32;
const SLOT_MS = 10_000;
const SLOTS = 6;

interface Entry {
  lastSeenAtMs: number;
  pictures: number;
  defective: number;
  deadLetters: number;
  lastError: CameraLine['lastError'];
  /** Of the last pictures, the oldest overwritten. */
  readonly latenciesMs: number[];
  /** Pictures in each of the last slots of the clock. */
  readonly slots: { number: number; pictures: number }[];
}

export function createCameras({ max, nowMs }: CamerasOptions): Cameras {
  /** Least recently seen first. */
  const entries = new Map<string, Entry>();
  let other: Entry | undefined;

  function seen(camera: string): Entry {
    if (camera === OTHER_CAMERAS) other ??= createEntry();
    const entry = (camera === OTHER_CAMERAS ? other : entries.get(camera)) ?? createEntry();
    entry.lastSeenAtMs = nowMs();
    if (entry === other) return entry;
    entries.delete(camera);
    entries.set(camera, entry);
    if (entries.size > max) fold();
    return entry;
  }

  /** The one that was not seen for the longest time is counted with the others from now on. */
  function fold(): void {
    const [oldest] = entries;
    if (oldest === undefined) return;
    const [camera, entry] = oldest;
    entries.delete(camera);
    other ??= createEntry();
    other.lastSeenAtMs = Math.max(other.lastSeenAtMs, entry.lastSeenAtMs);
    other.pictures += entry.pictures;
    other.defective += entry.defective;
    other.deadLetters += entry.deadLetters;
    other.lastError = entry.lastError ?? other.lastError;
  }

  function line(camera: string, entry: Entry): CameraLine {
    const { lastSeenAtMs, pictures, defective, deadLetters, lastError } = entry;
    const sorted = entry.latenciesMs.toSorted((a, b) => a - b);
    const medianMs = sorted[Math.floor((sorted.length - 1) / 2)];
    const oldestSlot = Math.floor(nowMs() / SLOT_MS) - SLOTS + 1;
    const perMinute = entry.slots.reduce((sum, slot) => sum + (slot.number >= oldestSlot ? slot.pictures : 0), 0);
    return {
      camera,
      lastSeenAtMs,
      pictures,
      defective,
      deadLetters,
      perMinute,
      ...(medianMs === undefined ? {} : { medianMs }),
      ...(lastError === undefined ? {} : { lastError }),
    };
  }

  return {
    inspected(camera, { isDefective, endToEndMs }) {
      const entry = seen(camera);
      entry.latenciesMs[entry.pictures % LATENCIES] = endToEndMs;
      entry.pictures += 1;
      if (isDefective) entry.defective += 1;
      const number = Math.floor(entry.lastSeenAtMs / SLOT_MS);
      const at = number % SLOTS;
      const slot = entry.slots[at];
      if (slot?.number === number) slot.pictures += 1;
      else entry.slots[at] = { number, pictures: 1 };
    },
    deadLettered(camera, code) {
      const entry = seen(camera);
      entry.deadLetters += 1;
      entry.lastError = { code, atMs: entry.lastSeenAtMs };
    },
    lines() {
      const known = [...entries].map(([camera, entry]) => line(camera, entry));
      return other === undefined ? known : [...known, line(OTHER_CAMERAS, other)];
    },
  };
}

function createEntry(): Entry {
  return {
    lastSeenAtMs: 0,
    pictures: 0,
    defective: 0,
    deadLetters: 0,
    lastError: undefined,
    latenciesMs: [],
    slots: Array.from({ length: SLOTS }, () => ({ number: -1, pictures: 0 })),
  };
}
