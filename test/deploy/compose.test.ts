/** The compose files: by what they must say, and by both programs that people run them with. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { loadConfig } from '../../src/config/load.js';
import { packageRoot } from '../../src/std/package-root.js';
import { runTool, toolMissing } from '../support/process/run-tool.js';

interface ComposeService {
  readonly image: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly read_only?: boolean;
  readonly stop_grace_period?: string;
}

const FILE = join(packageRoot, 'docker-compose.yml');
const TLS = join(packageRoot, 'docker-compose.tls.yml');
const DURABLE = join(packageRoot, 'docker-compose.durable.yml');
const servicesOf = (file: string): Readonly<Record<string, ComposeService>> =>
  parse(readFileSync(file, 'utf8')).services;
const services = servicesOf(FILE);
const docker = () =>
  loadConfig({
    file: join(packageRoot, 'config/docker.yaml'),
    env: { FLAWLINE_HTTP_HOST: '0.0.0.0' },
    cwd: '/',
    cores: 2,
    hostname: 'container',
  }).config;

describe('docker-compose.yml', () => {
  it('pins every image to a version', () => {
    for (const [name, { image }] of Object.entries(services)) assert.match(image, /:v?\d+\.\d+\.\d+$/, name);
  });

  it('names our image by the version of the package', () => {
    const { version } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8'));
    for (const name of ['flawline', 'sample', 'verify', 'rest'])
      assert.equal(services[name]?.image, `flawline:${version}`);
  });

  it('publishes nothing beyond the loopback', () => {
    for (const port of Object.values(services).flatMap(({ ports }) => ports ?? []))
      assert.match(port, /^127\.0\.0\.1:/);
  });

  it('has a service with REST that begins empty, and demands a token', () => {
    const { FLAWLINE_REST_TOKEN: _, ...given } = services['rest']?.environment ?? {};
    const load = (env: Readonly<Record<string, string>>) =>
      loadConfig({ env: { ...given, ...env }, cwd: '/', cores: 2, hostname: 'container', useDefaultFile: false })
        .config;
    const { streams, models, rules, catalogue } = load({ FLAWLINE_REST_TOKEN: 'a' });
    assert.deepEqual([streams, models, rules, catalogue.path], [[], [], [], '/var/lib/flawline/catalogue']);
    assert.throws(() => load({}), /rest\.token/);
  });

  it('gives the service longer to stop than it takes', () => {
    const seconds = Number.parseInt(services['flawline']?.stop_grace_period ?? '', 10);
    assert.ok(seconds * 1000 > docker().shutdown.timeoutMs);
  });
});

describe('docker-compose.tls.yml', () => {
  it('lets no user have the session of another one: a client id counts within its user', () => {
    const override = servicesOf(TLS)['emqx']?.environment?.['EMQX_MQTT__CLIENTID_OVERRIDE'];
    assert.equal(override, "concat([username,'/',clientid])");
  });
});

describe('docker-compose.durable.yml', () => {
  it('pins a mosquitto that has the plugin, under the name that the service connects to', () => {
    assert.match(servicesOf(DURABLE)['emqx']?.image ?? '', /^eclipse-mosquitto:2\.1\.\d+-alpine$/);
  });

  it('has the plugin store each message at once', () => {
    const lines = readFileSync(join(packageRoot, 'deploy/mosquitto/durable.conf'), 'utf8').split('\n');
    assert.ok(lines.includes('plugin_opt_flush_period 0'));
    assert.ok(lines.some((line) => /^global_plugin .*persist_sqlite\.so$/.test(line)));
  });
});

describe('config/docker.yaml', () => {
  it('lets Prometheus in by the name it calls', () => {
    assert.ok(docker().http.allowedHosts.includes('flawline'));
  });

  it('publishes every picture, and those with defects on a topic of their own', () => {
    assert.deepEqual(
      docker().rules.map(({ where, topic }) => [where, topic]),
      [
        ['defect >= 0', 'ekuiper/defect'],
        ['defect > 0', 'ekuiper/defect/found'],
      ],
    );
  });
});

const PROGRAMS = [
  ['docker-compose', 'apt-get install docker-compose'],
  ['compose-v2', '.ci/deploy builds it'],
] as const;
for (const [program, howToGet] of PROGRAMS) {
  describe(`${program} config`, { skip: toolMissing(program, howToGet) }, () => {
    for (const profile of [undefined, 'sample', 'verify', 'rest']) {
      for (const [kind, files] of [
        ['plain', [FILE]],
        ['with TLS', [FILE, TLS]],
        ['durable', [FILE, DURABLE]],
      ] as const) {
        it(`accepts the files: ${kind}, ${profile ?? 'no profile'}`, async () => {
          await mkdir(join(packageRoot, 'deploy/tls'), { recursive: true }); // as npm run certs does
          const profiles = profile === undefined ? [] : ['--profile', profile];
          const args = [...files.flatMap((file) => ['-f', file]), ...profiles, 'config'];
          const { code, out, err } = await runTool(program, args, { cwd: packageRoot });
          assert.equal(code, 0, err);
          assert.match(out, new RegExp(`^ {2}${profile ?? 'flawline'}:$`, 'm'));
        });
      }
    }
  });
}
