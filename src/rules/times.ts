/**
 * Timestamps and their parts as the CEL specification has them, in place of cel-js's own: those read dates without a
 * zone in that of the machine, know offsets only where Node's time zones do, and count days of the year by the
 * machine's clock.
 */
import type { ASTNode, Environment } from '@marcbachmann/cel-js';

const TIMESTAMP = 'google.protobuf.Timestamp';
/** Our functions have the names of cel-js's with this behind them: it lets nobody replace its own. */
const SUFFIX = '_';

const PARTS: Readonly<Record<string, (local: Date) => number>> = {
  getFullYear: (local) => local.getUTCFullYear(),
  getMonth: (local) => local.getUTCMonth(),
  getDate: (local) => local.getUTCDate(),
  getDayOfMonth: (local) => local.getUTCDate() - 1,
  getDayOfWeek: (local) => local.getUTCDay(),
  getDayOfYear: dayOfYear,
  getHours: (local) => local.getUTCHours(),
  getMinutes: (local) => local.getUTCMinutes(),
  getSeconds: (local) => local.getUTCSeconds(),
  getMilliseconds: (local) => local.getUTCMilliseconds(),
};

export function registerTimes(environment: Environment): void {
  environment.registerFunction(`timestamp${SUFFIX}(string): ${TIMESTAMP}`, parseTimestamp);
  environment.registerFunction(`timestamp${SUFFIX}(int): ${TIMESTAMP}`, fromSeconds);
  for (const [name, read] of Object.entries(PARTS)) {
    environment.registerFunction(`${TIMESTAMP}.${name}${SUFFIX}(string): int`, (time: Date, zone: string) =>
      BigInt(read(localTime(time, zone))),
    );
  }
  environment.registerFunction(`${TIMESTAMP}.getDayOfYear${SUFFIX}(): int`, (time: Date) => BigInt(dayOfYear(time)));
}

/** Has a call go to our function of the name, where there is one. */
export function useOwnTimes({ op, args }: ASTNode): void {
  if (op === 'call') {
    if (args[0] === 'timestamp') args[0] += SUFFIX;
  } else if (op === 'rcall') {
    const isOwn = args[2].length === 1 || args[0] === 'getDayOfYear';
    if (isOwn && Object.hasOwn(PARTS, args[0])) args[0] += SUFFIX;
  }
}

/** The library's sentence with the names that people know. */
export function withKnownNames(sentence: string): string {
  return sentence.replaceAll(`${SUFFIX}(`, '(');
}

/** @throws {Error} unless `text` is a zone: `Europe/Berlin`, `UTC`, `+02:00` */
export function checkZone(text: string): void {
  localTime(new Date(0), text);
}

/** RFC 3339, to the millisecond. */
const RFC3339 = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])(\d\d):(\d\d))$/i;

function parseTimestamp(text: string): Date {
  const [, ...fields] = RFC3339.exec(text) ?? [];
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = fields.slice(0, 6).map(Number);
  const [fraction = '', sign, offsetHours = '0', offsetMinutes = '0'] = fields.slice(6);
  const time = utc(year, month, day, hour, minute, second);
  const isDay = time.getUTCMonth() === month - 1 && time.getUTCDate() === day && month > 0;
  if (fields.length === 0 || !isDay || hour > 23 || minute > 59 || second > 59) {
    throw new Error(`a timestamp must be as 2026-11-30T08:00:00Z or with +01:00 for Z: ${text.slice(0, 50)}`);
  }
  const milliseconds = Number(fraction.slice(0, 3).padEnd(3, '0'));
  const offset = (sign === '-' ? -1 : 1) * (Number(offsetHours) * 60 + Number(offsetMinutes));
  return new Date(time.getTime() + milliseconds - offset * 60_000);
}

function fromSeconds(seconds: bigint): Date {
  const time = new Date(Number(seconds) * 1000);
  const year = time.getUTCFullYear();
  if (year >= 1 && year <= 9999) return time;
  throw new Error(`a timestamp must be in the years 1 to 9999: ${seconds} s after 1970`);
}

const OFFSET = /^([+-]?)(\d{1,2}):([0-5]\d)$/;
const FORMATS_KEPT = 64;
const formats = new Map<string, Intl.DateTimeFormat>();

/** A time whose UTC fields are those of the zone. */
function localTime(time: Date, zone: string): Date {
  const [, sign, hours, minutes] = OFFSET.exec(zone) ?? [];
  if (hours !== undefined) {
    const offset = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
    return new Date(time.getTime() + offset * 60_000);
  }
  const parts = new Map(
    formatOf(zone)
      .formatToParts(time)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const of = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
  const local = utc(of('year'), of('month'), of('day'), of('hour'), of('minute'), of('second'));
  local.setUTCMilliseconds(time.getUTCMilliseconds());
  return local;
}

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  if (formats.size >= FORMATS_KEPT) formats.clear(); // a message may name any
  const fields = { year: 'numeric', month: 'numeric', day: 'numeric' } as const;
  const clock = { hour: 'numeric', minute: 'numeric', second: 'numeric', hourCycle: 'h23' } as const;
  try {
    if (/^[+-]/.test(zone)) throw new RangeError('not an offset as +02:00');
    const format = new Intl.DateTimeFormat('en-US', { ...fields, ...clock, timeZone: zone });
    formats.set(zone, format);
    return format;
  } catch (cause) {
    throw new Error(`a time zone must be as Europe/Berlin, UTC or +02:00: ${zone.slice(0, 50)}`, { cause });
  }
}

/** Unlike Date.UTC it takes the years 0 to 99 for what they are. */
function utc(year: number, month: number, day: number, hour: number, minute: number, second: number): Date {
  const time = new Date(Date.UTC(2000, 0, 1, hour, minute, second));
  time.setUTCFullYear(year, month - 1, day);
  return time;
}

function dayOfYear(local: Date): number {
  const start = utc(local.getUTCFullYear(), 1, 1, 0, 0, 0);
  return Math.floor((local.getTime() - start.getTime()) / 86_400_000);
}
