/** A Prometheus of its own for a test, which scrapes what the test gives it, by the configuration that is shipped. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { freePort } from '../../../src/std/loopback.js';
import { packageRoot } from '../../../src/std/package-root.js';
import { makeTemporaryFolder } from '../temporary-folder.js';
import { until } from '../until.js';

/** What is scraped, by path; called at each scrape. */
export type ScrapeTargets = Readonly<Record<string, () => string | Promise<string>>>;

export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface PrometheusRule {
  readonly name: string;
  readonly health: string;
  readonly lastError?: string;
}

export interface TestPrometheus extends AsyncDisposable {
  /** An instant query, at the time of the newest scrape. @throws with Prometheus' own words */
  query(expression: string): Promise<readonly Sample[]>;
  /** The loaded rules; `health` is `unknown` before their first evaluation. */
  rules(): Promise<readonly PrometheusRule[]>;
}

interface Scrape {
  readonly static_configs: readonly { targets: string[] }[];
}

interface PrometheusConfig {
  global: Record<string, string>;
  rule_files: string[];
  readonly scrape_configs: readonly Scrape[];
}

export async function startPrometheus(program: string, targets: ScrapeTargets): Promise<TestPrometheus> {
  const folder = await makeTemporaryFolder();
  const target = await serve(targets);
  const port = await freePort();
  const shipped = join(packageRoot, 'deploy/prometheus');
  const config = parse(await readFile(join(shipped, 'prometheus.yml'), 'utf8')) as PrometheusConfig;
  config.global = { scrape_interval: '1s', evaluation_interval: '1s' };
  config.rule_files = [join(shipped, 'flawline.rules.yml')];
  const { port: targetPort } = target.address() as AddressInfo;
  for (const { static_configs } of config.scrape_configs) {
    for (const each of static_configs) each.targets = [`127.0.0.1:${targetPort}`];
  }
  const file = await folder.write('prometheus.yml', stringify(config));
  const args = [`--config.file=${file}`, `--storage.tsdb.path=${folder.path}/data`];
  const child = spawn(program, [...args, `--web.listen-address=127.0.0.1:${port}`, '--log.level=error'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });

  async function ask<T>(path: string): Promise<T> {
    const response = await fetch(`http://127.0.0.1:${port}/api/v1/${path}`);
    const answer = (await response.json()) as { readonly data?: T; readonly error?: string };
    if (answer.data === undefined) throw new Error(`${path}: ${answer.error ?? response.status}`);
    return answer.data;
  }

  await until(`${program} answers`, () => {
    if (child.exitCode !== null) throw new Error(`${program} ended with ${child.exitCode}:\n${log}`);
    return ask('rules').then(
      () => true,
      () => false,
    );
  });
  return {
    async query(expression) {
      const { result } = await ask<{ result: { metric: Record<string, string>; value: [number, string] }[] }>(
        `query?query=${encodeURIComponent(expression)}`,
      );
      return result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
    },
    async rules() {
      const { groups } = await ask<{ groups: { rules: PrometheusRule[] }[] }>('rules');
      return groups.flatMap(({ rules }) => rules);
    },
    async [Symbol.asyncDispose]() {
      await end(child);
      target.closeAllConnections();
      target.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

async function serve(targets: ScrapeTargets): Promise<Server> {
  const server = createServer((request, response) => {
    const target = targets[request.url ?? ''];
    if (target === undefined) {
      response.writeHead(404).end();
      return;
    }
    Promise.resolve(target()).then(
      (text) => response.writeHead(200, { 'Content-Type': 'text/plain; version=0.0.4' }).end(text),
      () => response.writeHead(500).end(),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
