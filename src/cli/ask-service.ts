/** Commands that ask the service on this machine to change: over HTTP, with http.token. */
import { request } from 'node:http';
import type { Config } from '../config/config.js';
import { messageOf, ServiceError } from '../std/errors.js';
import type { CommandIo } from './command.js';
import { localUrl } from './healthcheck.js';

/** Models are compiled, and streams that are dropped are finished, before the answer comes. */
const TIMEOUT_MS = 300_000;

export interface Question {
  /** As in "Cannot ask for a reload". */
  readonly what: string;
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** What to say when nothing has changed. */
  readonly nothing: string;
}

/**
 * Prints what changed, or why nothing did. Resolves to the exit code: 2 if the service refuses and goes on as it was.
 * @throws {ServiceError} ERR_CONFIG without http.token; ERR_BROKER when no service answers
 */
export async function askService({ http }: Pick<Config, 'http'>, question: Question, io: CommandIo): Promise<number> {
  const { what, path, body, nothing } = question;
  if (http.token === undefined) {
    throw new ServiceError('ERR_CONFIG', `Cannot ask for ${what} as http.token must be set: it is not`);
  }
  const text = body === undefined ? '' : JSON.stringify(body);
  const reply = await post(localUrl(http, path), { token: http.token, text }).catch((cause: unknown) => {
    const reason = `Cannot ask for ${what} as a service must run here: ${messageOf(cause)}`;
    throw new ServiceError('ERR_BROKER', reason, { cause });
  });
  const answer = parse(reply.body);
  if (reply.statusCode === 200) {
    const changes = textsOf(answer['changes']);
    const lines = [...(changes.length === 0 ? [nothing] : changes), ...textsOf(answer['notes'])];
    for (const line of lines) io.stdout(`${line}\n`);
    return 0;
  }
  io.stderr(`${answer['error'] ?? reply.body}\n`);
  return [400, 404, 409].includes(reply.statusCode) && typeof answer['error'] === 'string' ? 2 : 1;
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function parse(body: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

interface Sent {
  readonly token: string;
  readonly text: string;
}

function post(url: string, { token, text }: Sent): Promise<{ readonly statusCode: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
    };
    const asked = request(url, { method: 'POST', headers, timeout: TIMEOUT_MS }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () => resolve({ statusCode: response.statusCode ?? 0, body: body.trim() }));
      response.on('error', reject);
    });
    asked.on('timeout', () => asked.destroy(new Error(`no answer within ${TIMEOUT_MS / 1000} s`)));
    asked.on('error', reject);
    asked.end(text);
  });
}
