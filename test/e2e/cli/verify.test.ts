/** `flawline verify` as a user types it, on a real broker with the real engine. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { connect, type IConnackPacket } from 'mqtt';
import { freePort } from '../../../src/std/loopback.js';
import { startBroker } from '../../support/broker/broker.js';
import { CLI, endsWithin, flawline, noEngineOrBroker, startFlawline, TEST_UNET } from '../../support/cli.js';
import { startServiceProcess } from '../../support/service/service-process.js';
import { makeTemporaryFolder } from '../../support/temporary-folder.js';
import { until } from '../../support/until.js';

/** As systemd or a container engine does it: whenever the service ends, it is started again. */
function supervise(folder: string, env: Readonly<Record<string, string>>): Disposable {
  const loop = 'while :; do "$0" "$1" run & echo $! >pid; wait $!; done';
  const child = spawn('sh', ['-c', loop, process.execPath, CLI], {
    cwd: folder,
    env: { PATH: process.env['PATH'], FLAWLINE_MODEL_PATH: TEST_UNET, ...env },
    stdio: 'ignore',
    detached: true,
  });
  return { [Symbol.dispose]: () => void process.kill(-(child.pid ?? 0), 'SIGKILL') };
}

const DEADLINE_MS = 60_000;

describe('flawline verify', { skip: noEngineOrBroker }, () => {
  it('ends with 0 when every picture has its result and the ledger adds up', async () => {
    await using broker = await startBroker();
    await using service = await startServiceProcess({ brokerUrl: broker.url });
    await service.ready();
    const env = { FLAWLINE_MQTT_URL: broker.url, FLAWLINE_HTTP_PORT: String(service.httpPort) };
    const { code, out, err } = await flawline(['verify', '--count', '10'], env);
    assert.equal(code, 0, out + err);
    assert.match(out, /results +10\n.*lost +0\nledger +adds up/s);
  });

  it('--topic publishes to a topic that a wildcard of source.topics takes in, and to no other', async () => {
    await using broker = await startBroker();
    const topics = { FLAWLINE_SOURCE_TOPICS: 'line/+/camera' };
    await using service = await startServiceProcess({ brokerUrl: broker.url, env: topics });
    await service.ready();
    const env = { FLAWLINE_MQTT_URL: broker.url, FLAWLINE_HTTP_PORT: String(service.httpPort), ...topics };
    const { code, out, err } = await flawline(['verify', '--topic', 'line/3/camera', '--count', '4'], env);
    assert.equal(code, 0, out + err);
    const other = await flawline(['verify', '--topic', 'gate', '--count', '4'], env);
    assert.equal(other.code, 2);
    assert.match(other.err, /--topic takes a topic that source\.topics matches: "gate"/);
  });

  it('publishes nothing and ends with 1 when no service answers', async () => {
    await using broker = await startBroker();
    const env = { FLAWLINE_MQTT_URL: broker.url, FLAWLINE_HTTP_PORT: String(await freePort()) };
    const { code, out, err } = await flawline(['verify', '--count', '2'], env);
    assert.deepEqual([code, out], [1, '']);
    assert.match(err, /^not ready: .*ECONNREFUSED.*\nNothing was published: a service must be ready there/);
    assert.doesNotMatch(broker.log(), /Received PUBLISH/);
  });

  it('and healthcheck are not taken in by the service of another client id', async () => {
    await using broker = await startBroker();
    await using service = await startServiceProcess({ brokerUrl: broker.url });
    await service.ready();
    const port = String(service.httpPort);
    const env = { FLAWLINE_MQTT_URL: broker.url, FLAWLINE_HTTP_PORT: port, FLAWLINE_MQTT_CLIENT_ID: 'other' };
    const { code, err } = await flawline(['verify', '--count', '2'], env);
    assert.equal(code, 1);
    assert.match(err, /has the client id flawline, not other\nNothing was published/);
    assert.equal((await flawline(['healthcheck'], env)).code, 1);
  });

  it('says at Ctrl-C how many are unanswered so far, and of none that it is lost', async () => {
    await using broker = await startBroker();
    await using service = await startServiceProcess({ brokerUrl: broker.url });
    await service.ready();
    const env = { FLAWLINE_MQTT_URL: broker.url, FLAWLINE_HTTP_PORT: String(service.httpPort) };
    await using verify = startFlawline(['verify', '--count', '100000'], env);
    await until('it publishes', () => /Received PUBLISH from flawline-verify-/.test(broker.log()));
    verify.kill('SIGINT');
    const { code, out } = await endsWithin(verify, DEADLINE_MS);
    assert.equal(code, 1);
    assert.match(out, /^Interrupted: \d+ of \d+ unanswered so far\.$/m);
    assert.doesNotMatch(out, /lost|was not killed/);
  });

  it('--kill loses nothing although it kills its service, beside one that runs with the same configuration', async () => {
    await using broker = await startBroker();
    await using service = await startServiceProcess({ brokerUrl: broker.url });
    await service.ready();
    const env = { FLAWLINE_MQTT_URL: broker.url, FLAWLINE_HTTP_PORT: String(service.httpPort) };
    const { code, out, err } = await flawline(['verify', '--kill', '--count', '60'], env);
    assert.equal(code, 0, out + err);
    assert.match(out, /published +60\n.*restarts +1\nlost +0\nledger +adds up/s);
    assert.match(await service.metrics(), /^flawline_messages_received_total\{stream="0"\} 0$/m);
  });

  it('--kill-with loses nothing although the running service is killed, which its supervisor starts again', async () => {
    await using broker = await startBroker();
    await using folder = await makeTemporaryFolder();
    const env = { FLAWLINE_MQTT_URL: broker.url, FLAWLINE_HTTP_PORT: String(await freePort()) };
    using _supervisor = supervise(folder.path, env);
    await until('the service is ready', async () => (await flawline(['healthcheck'], env)).code === 0, DEADLINE_MS);
    const kill = `kill -KILL $(cat ${join(folder.path, 'pid')})`;
    const { code, out, err } = await flawline(['verify', '--kill-with', kill, '--count', '60'], env);
    assert.equal(code, 0, out + err);
    assert.match(out, /published +60\n.*restarts +1\nlost +0\nledger +adds up/s);
  });

  it('--kill-with ends with 1 when its command kills nobody, and with 2 when that fails', async () => {
    await using broker = await startBroker();
    await using service = await startServiceProcess({ brokerUrl: broker.url });
    await service.ready();
    const env = { FLAWLINE_MQTT_URL: broker.url, FLAWLINE_HTTP_PORT: String(service.httpPort) };
    const idle = await flawline(['verify', '--kill-with', 'true', '--count', '2'], env);
    assert.equal(idle.code, 1);
    assert.match(idle.out, /was not killed/);
    const failed = await flawline(['verify', '--kill-with', 'echo no such unit >&2; exit 5', '--count', '2'], env);
    assert.equal(failed.code, 2);
    assert.match(failed.err, /no such unit\n.*exit code 5/s);
  });

  it('--kill leaves no session of its service at the broker', async () => {
    await using broker = await startBroker();
    const env = { FLAWLINE_MQTT_URL: broker.url };
    await flawline(['verify', '--kill', '--count', '10'], env);
    const client = connect(broker.url, { clientId: 'flawline-verify', clean: false, protocolVersion: 5 });
    const connack = await new Promise<IConnackPacket>((resolve) => void client.once('connect', resolve));
    await client.endAsync();
    assert.equal(connack.sessionPresent, false);
  });

  it('gives up, and does not call it well, when the broker stops answering', async () => {
    await using broker = await startBroker();
    await using service = await startServiceProcess({ brokerUrl: broker.url });
    await service.ready();
    const env = { FLAWLINE_MQTT_URL: broker.url, FLAWLINE_HTTP_PORT: String(service.httpPort) };
    await using verify = startFlawline(['verify', '--count', '100000', '--patience', '1'], env);
    await until('it publishes', () => /Received PUBLISH from flawline-verify-/.test(broker.log()));
    broker.freeze();
    try {
      const { code, out } = await endsWithin(verify, DEADLINE_MS);
      assert.equal(code, 1);
      assert.match(out, /^The broker took \d+ pictures of 100000\.$/m);
    } finally {
      broker.thaw();
    }
  });

  it('--kill leaves no service behind at the second signal', async () => {
    await using broker = await startBroker();
    await using verify = startFlawline(['verify', '--kill', '--count', '100000'], { FLAWLINE_MQTT_URL: broker.url });
    await until('its service is there', () => broker.log().includes('as flawline-verify '), 60_000);
    verify.kill('SIGTERM');
    verify.kill('SIGINT');
    await verify.ended;
    await until('its service is gone', () => /Client flawline-verify (closed|disconnected)/.test(broker.log()));
  });
});
