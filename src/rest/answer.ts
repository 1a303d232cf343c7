/** What a call is answered with: the types and endings of eKuiper's own answers. */
import type { ServerResponse } from 'node:http';

export interface Answer {
  readonly status: number;
  /** Absent: an empty answer. */
  readonly type?: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const TEXT = 'text/plain; charset=utf-8';

export function text(body: string, status = 200): Answer {
  return { status, type: TEXT, body };
}

export function json(value: unknown): Answer {
  return { status: 200, type: 'application/json', body: JSON.stringify(value) };
}

/** JSON that was written already. */
export function jsonText(body: string): Answer {
  return { status: 200, type: 'application/json', body };
}

/** As Go's http.Error ends it. */
export function errorText(body: string, status: number): Answer {
  return { status, type: TEXT, body: `${body}\n`, headers: { 'X-Content-Type-Options': 'nosniff' } };
}

export function sendAnswer(response: ServerResponse, { status, type, body, headers = {} }: Answer): void {
  const content = type === undefined ? {} : { 'Content-Type': type };
  response.writeHead(status, { ...content, ...headers, 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
}
