/** Secrets are looked for in everything that the real program lets out. One that gets into a log stays there for years. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { brokerMissing, startBroker } from '../support/broker/broker.js';
import { collect, connectClient } from '../support/broker/client.js';
import { engineHere } from '../support/engine/engines-here.js';
import { ask, open } from '../support/service/http-client.js';
import { startServiceProcess } from '../support/service/service-process.js';
import { until } from '../support/until.js';

const CLI = fileURLToPath(new URL('../../src/cli.js', import.meta.url));
const PASSWORD = 'Pa55-of-the-broker';
const SINK_PASSWORD = 'Pa55-of-the-sink';
const TOKEN = 'T0ken-of-the-page-0123456789';
const DEADLINE_MS = 60_000;
const SECRETS = {
  FLAWLINE_MQTT_USERNAME: 'camera',
  FLAWLINE_MQTT_PASSWORD: PASSWORD,
  FLAWLINE_SINK_USERNAME: 'results',
  FLAWLINE_SINK_PASSWORD: SINK_PASSWORD,
  FLAWLINE_HTTP_TOKEN: TOKEN,
  FLAWLINE_LOG_LEVEL: 'trace',
  FLAWLINE_WORKERS_COUNT: '1',
  FLAWLINE_WORKERS_STREAMS: '1',
};

function assertNoSecret(output: string, where: string): void {
  for (const secret of [PASSWORD, SINK_PASSWORD, TOKEN]) {
    for (const form of [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')]) {
      assert.equal(output.includes(form), false, `${where} has ${form}`);
    }
  }
}

const engine = engineHere('openvino-capi');
const skip = brokerMissing || (typeof engine === 'string' && engine);

describe('secrets', { skip }, () => {
  it('are in no line of the log, no answer and no message, also when the broker comes and goes', async () => {
    await using broker = await startBroker();
    await using messages = await collect(broker.url, '#');
    await using service = await startServiceProcess({ brokerUrl: broker.url, env: SECRETS });
    const base = `http://127.0.0.1:${service.httpPort}`;
    const isReady = () =>
      ask(`${base}/readyz`).then(
        ({ status }) => status === 200,
        () => false,
      );
    await until('the service is ready', isReady, DEADLINE_MS);
    await using publisher = await connectClient(broker.url);
    await publisher.publish('openvino_demo', `{"image": 1, "token": "x"}`);
    await messages.count(3);
    let answers = '';
    const headers = { authorization: `Bearer ${TOKEN}` };
    for (const path of ['/', `/?token=${TOKEN}`, '/livez', '/readyz', '/metrics', '/nothing', '/live.js']) {
      const answer = await ask(`${base}${path}`, { headers });
      answers += `${JSON.stringify(answer.headers)}${answer.body}`;
      answers += (await ask(`${base}${path}`)).body;
    }
    const events = await open(`${base}/events`, { headers });
    answers += await new Promise<string>((resolve) => events.once('data', (chunk) => resolve(String(chunk))));
    events.destroy();
    await broker.stop();
    await until('it says so', () => service.output().includes('not ready'));
    service.kill('SIGTERM');
    await service.ended;
    assert.ok(service.output().length > 500);
    assertNoSecret(service.output(), 'the log');
    assertNoSecret(answers, 'an HTTP answer');
    assertNoSecret(messages.texts().join('\n'), 'a message');
  });

  it('are in no output of config check, doctor or a failing start', async () => {
    await using broker = await startBroker();
    for (const [args, extra] of [
      [['config', 'check'], {}],
      [['doctor'], {}],
      [['run'], { FLAWLINE_LIMITS_IN_FLIGHT: 'many', FLAWLINE_MQTT_PASWORD: PASSWORD }],
      [['config', 'check'], { FLAWLINE_MQTT_URL: `mqtt://camera:${PASSWORD}@localhost:${broker.port}` }],
      [['run'], { FLAWLINE_MQTT_URL: 'mqtt://far.example' }],
    ] as const) {
      const env = { PATH: process.env['PATH'], FLAWLINE_MQTT_URL: broker.url, ...SECRETS, ...extra };
      const { stdout, stderr } = spawnSync(process.execPath, [CLI, ...args], {
        env,
        encoding: 'utf8',
        timeout: 60_000,
      });
      assert.ok(`${stdout}${stderr}`.length > 50, args.join(' '));
      assertNoSecret(`${stdout}${stderr}`, args.join(' '));
    }
  });
});
