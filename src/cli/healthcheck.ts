import { get } from 'node:http';
import type { Config } from '../config/config.js';
import { defineCommand } from './command.js';
import { loadCommandConfig } from './load.js';

const TIMEOUT_MS = 3000;

export const healthcheck = defineCommand({
  summary: 'Ends with 0 if the service on this machine is ready; for containers.',
  options: {},
  examples: ['healthcheck', 'healthcheck --config flawline.yaml'],
  async run(values, _positionals, io) {
    const { config } = loadCommandConfig(values, { ...io, stderr: () => undefined });
    const answer = await readyz(config.http);
    io.stdout(`${answer.text}\n`);
    return answer.ok ? 0 : 1;
  },
});

/** The address to ask for a service that listens on `host`: all interfaces include this machine's own. */
function localHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  return host === '::' ? '::1' : host;
}

/** A URL of the service on this machine. */
export function localUrl(http: Pick<Config['http'], 'host' | 'port'>, path: string): string {
  const host = localHost(http.host);
  return `http://${host.includes(':') ? `[${host}]` : host}:${http.port}${path}`;
}

export interface ReadyAnswer {
  readonly ok: boolean;
  /** Whether something answered, ready or not. */
  readonly isReached: boolean;
  /** What the service says of itself, or why it could not be asked. */
  readonly text: string;
}

/** Asks the service on this machine. Never rejects. */
export function readyz(http: Pick<Config['http'], 'host' | 'port'>): Promise<ReadyAnswer> {
  const host = localHost(http.host);
  const { port } = http;
  return new Promise((resolve) => {
    const fail = (error: Error) =>
      resolve({ ok: false, isReached: false, text: `not ready: ${host}:${port}: ${error.message}` });
    const request = get({ host, port, path: '/readyz', timeout: TIMEOUT_MS }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () => resolve({ ok: response.statusCode === 200, isReached: true, text: body.trim() }));
      response.on('error', fail);
    });
    request.on('timeout', () => request.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)));
    request.on('error', fail);
  });
}
