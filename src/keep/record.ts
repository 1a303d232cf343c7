/**
 * What stands in the folder of kept pictures: below it a folder for each model, and in that for each picture, by one name,
 *
 *   NAME.jpg          the picture as it came in, with the extension of its format
 *   NAME.found.png    where the model found defects, white, at the picture's size
 *   NAME.json         the record: id, topic, result, and why it was kept
 *   NAME.judged.json  what a person said of it, once somebody did
 *   NAME.mask.png     where the defects really are, as that person said
 *
 * The record is written last: a picture without one was not finished.
 */
import { createHash } from 'node:crypto';
import type { KeepReason } from '../domain/inspection.js';
import type { Measures } from '../domain/measures.js';
import { isMapping } from '../std/checks.js';

export interface KeptRecord {
  /** Of these files; 1. */
  readonly format: 1;
  readonly id: string;
  readonly topic: string;
  readonly camera?: string;
  /** ISO 8601. */
  readonly receivedAt: string;
  /** name@version of the model that found what it found. */
  readonly model: string;
  readonly reasons: readonly KeepReason[];
  /** Rules that matched. */
  readonly rules: readonly string[];
  /** File of the picture. */
  readonly picture: string;
  readonly measures: Measures;
}

export const VERDICTS = ['right', 'wrong'] as const;
export type Verdict = (typeof VERDICTS)[number];

export interface Judgement {
  /** Whether the model's mask was right. */
  readonly verdict: Verdict;
  /** ISO 8601. */
  readonly at: string;
}

/** MODEL/NAME: never more than two levels, and no dot leads one. */
const KEY = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}\/\d{8}T\d{9}Z-[A-Za-z0-9_-]{1,72}$/;

export function isKey(key: string): boolean {
  return KEY.test(key);
}

/** Begins with the time, so that names are in the order of arrival; the id comes from a message and is made fit. */
export function nameOf(receivedAtMs: number, id: string): string {
  const time = new Date(receivedAtMs).toISOString().replaceAll(/[-:.]/g, '');
  const fit = id.replaceAll(/[^A-Za-z0-9_-]/g, '_').slice(0, 48);
  // Two ids that differ only in what was replaced are two pictures.
  const rest = fit === id && fit !== '' ? '' : `_${createHash('sha256').update(id).digest('hex').slice(0, 8)}`;
  return `${time}-${fit}${rest}`;
}

/** Milliseconds since the epoch, from a name. */
export function timeOf(name: string): number {
  const [, day = '', hour = '', minute = '', second = '', ms = ''] =
    /^(\d{8})T(\d{2})(\d{2})(\d{2})(\d{3})Z/.exec(name) ?? [];
  return Date.parse(`${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}T${hour}:${minute}:${second}.${ms}Z`);
}

/** Undefined for a text that is no record, or one of a later format. */
export function parseRecord(text: string): KeptRecord | undefined {
  const value = parseJson(text);
  if (!isMapping(value) || value['format'] !== 1) return undefined;
  const { measures, picture } = value;
  const isWhole =
    ['id', 'topic', 'receivedAt', 'model'].every((name) => typeof value[name] === 'string') &&
    Array.isArray(value['reasons']) &&
    isMapping(measures) &&
    typeof measures['width'] === 'number' &&
    typeof measures['height'] === 'number' &&
    // A file of this folder, whatever somebody wrote into the record.
    typeof picture === 'string' &&
    /^[\w-]+\.(jpg|jpeg|png|webp|tif|tiff|bmp)$/.test(picture);
  return isWhole ? (value as unknown as KeptRecord) : undefined;
}

export function parseJudgement(text: string): Judgement | undefined {
  const value = parseJson(text);
  if (!isMapping(value) || !VERDICTS.some((verdict) => verdict === value['verdict'])) return undefined;
  return value as unknown as Judgement;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
