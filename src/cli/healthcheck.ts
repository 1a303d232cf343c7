import type { IncomingMessage } from 'node:http';
import type { Config } from '../config/config.js';
import { messageOf } from '../std/errors.js';
import { defineCommand } from './command.js';
import { loadCommandConfig } from './load.js';

const TIMEOUT_MS = 3000;

export const healthcheck = defineCommand({
  summary: 'Ends with 0 if the service on this machine is ready; for containers.',
  options: {},
  examples: ['healthcheck', 'healthcheck --config flawline.yaml'],
  async run(values, _positionals, io) {
    const { config } = loadCommandConfig(values, { ...io, stderr: () => undefined });
    const answer = await askReadiness(localUrl(config.http, '/readyz'), config.mqtt.clientId);
    io.stdout(`${answer.text}\n`);
    return answer.status === 'ready' ? 0 : 1;
  },
});

/** A URL of the service on this machine: one that listens on all interfaces is asked on the loopback. */
export function localUrl({ host, port }: Pick<Config['http'], 'host' | 'port'>, path: string): string {
  const local = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `http://${local.includes(':') ? `[${local}]` : local}:${port}${path}`;
}

export interface ReadyAnswer {
  /** `foreign`: what answers is the service of another client id, or no flawline. */
  readonly status: 'ready' | 'not-ready' | 'foreign' | 'unreachable';
  /** What the service says of itself, or why it could not be asked. */
  readonly text: string;
}

/** Asks a service at its /readyz whether it is ready, and whether it is that of this client id. Never rejects. */
export async function askReadiness(url: string, clientId: string): Promise<ReadyAnswer> {
  try {
    const { statusCode, body } = await fetchText(url);
    return judge(body, statusCode === 200, { url, clientId });
  } catch (error) {
    return { status: 'unreachable', text: `not ready: ${new URL(url).host}: ${messageOf(error)}` };
  }
}

function judge(body: string, isOk: boolean, { url, clientId }: { url: string; clientId: string }): ReadyAnswer {
  const state = parseObject(body);
  if (typeof state?.['ready'] !== 'boolean') {
    return {
      status: 'foreign',
      text: `not ready: what answers at ${url} is not flawline: ${JSON.stringify(body.slice(0, 80))}`,
    };
  }
  const other = state['clientId'];
  if (typeof other === 'string' && other !== clientId) {
    return { status: 'foreign', text: `not ready: the service at ${url} has the client id ${other}, not ${clientId}` };
  }
  return { status: isOk ? 'ready' : 'not-ready', text: body };
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

async function fetchText(url: string): Promise<{ readonly statusCode: number | undefined; readonly body: string }> {
  // fetch() would load a client that takes longer than all the rest of a health check.
  const { get } = url.startsWith('https:') ? await import('node:https') : await import('node:http');
  return new Promise((resolve, reject) => {
    const request = get(url, { timeout: TIMEOUT_MS }, (response: IncomingMessage) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () => resolve({ statusCode: response.statusCode, body: body.trim() }));
      response.on('error', reject);
    });
    request.on('timeout', () => request.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)));
    request.on('error', reject);
  });
}
