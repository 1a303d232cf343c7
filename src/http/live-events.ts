/**
 * Server-sent events for the live page. The ring of recent results is the queue: four times a second each subscriber
 * gets what is newer than what it has, so that a flood costs the main thread nothing between two ticks, and a slow page
 * skips results instead of piling them up. Nothing runs while there are no subscribers.
 *
 * Events: `hello` {run} comes once; `status` has what the caller gives; `results` is a list of rows without pictures;
 * `dead-letters` is a list that comes whole at each connection. The id is `<run>-<n>`: a browser that connects again says
 * where it was, and a new process starts afresh.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ERRORS } from '../std/errors.js';
import { adviceOn } from '../telemetry/fault-log.js';
import type { NumberedDeadLetter, NumberedResult, RecentDeadLetters, RecentResults } from '../telemetry/recent.js';
import type { DeadLetterRow, ResultRow } from './page-events.js';

export interface LiveEventsParts {
  readonly recent: RecentResults;
  readonly deadLetters: Pick<RecentDeadLetters, 'after'>;
  readonly status: () => unknown;
}

export interface LiveEventsOptions {
  /** Distinguishes this process from the one before it; letters and digits. */
  readonly run: string;
  /** Whether rows may say that there is a picture to fetch. */
  readonly pictures: boolean;
  readonly tickMs: number;
  readonly ticksPerStatus: number;
  readonly maxSubscribers: number;
  /** After so many ticks in which nothing could be sent a subscriber is cut off; it may connect again. */
  readonly maxStalledTicks: number;
}

export interface LiveEvents {
  /** Answers the request with the stream, until either side closes. False when there are too many subscribers. */
  subscribe(request: IncomingMessage, response: ServerResponse): boolean;
  close(): void;
}

interface Subscriber {
  readonly response: ServerResponse;
  /** Number of the newest result it has. */
  newest: number;
  /** The same of dead letters. */
  newestDeadLetter: number;
  stalledTicks: number;
}

export function createLiveEvents(parts: LiveEventsParts, options: LiveEventsOptions): LiveEvents {
  const { recent, deadLetters, status } = parts;
  const { run } = options;
  const subscribers = new Set<Subscriber>();
  let timer: NodeJS.Timeout | undefined;
  let ticks = 0;

  function sendNewer(subscriber: Subscriber): void {
    const dead = deadLetters.after(subscriber.newestDeadLetter);
    if (dead.length > 0) {
      subscriber.newestDeadLetter = dead.at(-1)?.n ?? 0;
      subscriber.response.write(event('dead-letters', dead.map(toDeadLetterRow)));
    }
    const rows = recent.after(subscriber.newest);
    const last = rows.at(-1);
    if (last === undefined) return;
    subscriber.newest = last.n;
    const list = rows.map((row) => toRow(row, options.pictures));
    subscriber.response.write(event('results', list, `${run}-${last.n}`));
  }

  function tick(): void {
    ticks += 1;
    const statusText = ticks % options.ticksPerStatus === 0 ? event('status', status()) : undefined;
    for (const subscriber of subscribers) {
      if (subscriber.response.writableNeedDrain) {
        subscriber.stalledTicks += 1;
        if (subscriber.stalledTicks > options.maxStalledTicks) subscriber.response.destroy();
        continue;
      }
      subscriber.stalledTicks = 0;
      sendNewer(subscriber);
      if (statusText !== undefined) subscriber.response.write(statusText);
    }
  }

  function leave(subscriber: Subscriber): void {
    subscribers.delete(subscriber);
    if (subscribers.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  }

  return {
    subscribe(request, response) {
      if (subscribers.size >= options.maxSubscribers) return false;
      const subscriber: Subscriber = {
        response,
        newest: resumeAt(request.headers['last-event-id'], run),
        newestDeadLetter: 0,
        stalledTicks: 0,
      };
      response.writeHead(200, {
        'Content-Type': 'text/event-stream; charset=utf-8',
        // Nothing follows on this connection, and none of it may wait in a proxy.
        Connection: 'close',
        'X-Accel-Buffering': 'no',
      });
      if (request.method === 'HEAD') {
        response.end();
        return true;
      }
      subscribers.add(subscriber);
      response.on('close', () => leave(subscriber));
      response.write(`retry: 2000\n${event('hello', { run })}${event('status', status())}`);
      sendNewer(subscriber);
      timer ??= setInterval(tick, options.tickMs).unref();
      return true;
    },
    close() {
      clearInterval(timer); // a stalled page is there still, and nothing may be written behind the end
      timer = undefined;
      for (const { response } of subscribers) response.end();
    },
  };
}

/** The number after which to go on; 0 for a new page, a page of another process, or nonsense. */
function resumeAt(header: string | string[] | undefined, run: string): number {
  const id = typeof header === 'string' ? header : '';
  const n = id.startsWith(`${run}-`) ? Number(id.slice(run.length + 1)) : 0;
  return Number.isSafeInteger(n) && n > 0 ? n : 0;
}

function event(name: string, data: unknown, id?: string): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}

function toDeadLetterRow(deadLetter: NumberedDeadLetter): DeadLetterRow {
  const { code } = deadLetter;
  return { ...deadLetter, meaning: ERRORS[code].meaning, advice: adviceOn(code) };
}

function toRow({ picture, ...row }: NumberedResult, pictures: boolean): ResultRow {
  if (!pictures || picture === undefined) return { ...row, picture: false };
  return { ...row, picture: true, render: picture.render, original: picture.readOriginal !== undefined };
}
