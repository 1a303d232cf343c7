import { request } from 'node:http';
import { messageOf, ServiceError } from '../std/errors.js';
import { defineCommand } from './command.js';
import { localUrl } from './healthcheck.js';
import { loadCommandConfig } from './load.js';

/** Models are compiled, and streams that are dropped are finished, before the answer comes. */
const TIMEOUT_MS = 300_000;

export const reload = defineCommand({
  summary: 'Has the service on this machine read its configuration again.',
  about: [
    'Streams, models and rules change while pictures flow, all or nothing. Needs http.token; without one SIGHUP does the same, and the log answers.',
    'Ends with 2 if the configuration is not taken: the service then goes on as it was.',
  ],
  options: {},
  examples: ['reload', 'reload --config flawline.yaml'],
  async run(values, _positionals, io) {
    const { config } = loadCommandConfig(values, io);
    if (config.http.token === undefined) {
      throw new ServiceError(
        'ERR_CONFIG',
        'Cannot ask for a reload as http.token must be set: it is not. SIGHUP needs none',
      );
    }
    const { statusCode, body } = await post(localUrl(config.http, '/reload'), config.http.token);
    const answer = parse(body);
    if (statusCode === 200) {
      const changes = Array.isArray(answer['changes']) ? answer['changes'] : [];
      io.stdout(changes.length === 0 ? 'Nothing has changed.\n' : `${changes.join('\n')}\n`);
      return 0;
    }
    io.stderr(`${answer['error'] ?? body}\n`);
    return statusCode === 409 ? 2 : 1;
  },
});

function parse(body: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

async function post(url: string, token: string): Promise<{ readonly statusCode: number; readonly body: string }> {
  try {
    return await new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${token}`, 'content-length': 0 };
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
      asked.end();
    });
  } catch (cause) {
    throw new ServiceError('ERR_BROKER', `Cannot ask for a reload as a service must run here: ${messageOf(cause)}`, {
      cause,
    });
  }
}
