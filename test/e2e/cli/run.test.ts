import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { startBroker } from '../../support/broker/broker.js';
import { startWireBroker } from '../../support/broker/wire-broker.js';
import { CLI, flawline, noEngine, noEngineOrBroker, TEST_UNET } from '../../support/cli.js';
import { pictureMessage } from '../../support/pictures/payloads.js';
import { toolMissing } from '../../support/process/run-tool.js';
import { startServiceProcess } from '../../support/service/service-process.js';
import { makeTemporaryFolder } from '../../support/temporary-folder.js';
import { until } from '../../support/until.js';

const noScript = toolMissing('script', 'apt-get install bsdutils');
const RELOADED = /"msg":"reloaded: nothing has changed"/;

describe('flawline run', () => {
  it('ends with 2 and every fault for a wrong configuration', async () => {
    const { code, err } = await flawline(['run'], { FLAWLINE_HTTP_PORT: 'x', FLAWLINE_SOURCE_QOS: '2' });
    assert.equal(code, 2);
    assert.match(err, /http\.port/);
    assert.match(err, /source\.qos/);
  });

  it('ends with 4 and the command to run when there is no runtime', async () => {
    const { code, err } = await flawline(['run'], { FLAWLINE_OPENVINO_DIR: '/nowhere', FLAWLINE_HTTP_PORT: '0' });
    assert.equal(code, 4);
    assert.match(err, /ERR_RUNTIME_MISSING.*npm run setup/s);
  });
});

describe('flawline run beside others', { skip: noEngineOrBroker }, () => {
  it('reads its configuration again at SIGHUP, and goes on', async () => {
    await using broker = await startBroker();
    await using service = await startServiceProcess({ brokerUrl: broker.url });
    await service.ready();
    service.kill('SIGHUP');
    await until('it answers in the log', () => RELOADED.test(service.output()));
    await service.ready();
    service.kill('SIGTERM');
    assert.equal(await service.ended, 0);
  });

  it('takes a configuration that was changed, and goes on as it was when the next one is wrong', async () => {
    await using broker = await startBroker();
    await using folder = await makeTemporaryFolder();
    const write = (text: string) => folder.write('flawline.yaml', text);
    const env = { FLAWLINE_CONFIG: await write('rule: {where: "true"}') };
    await using service = await startServiceProcess({ brokerUrl: broker.url, env });
    await until('it is starting', () => service.output().includes('"msg":"listening"'));
    service.kill('SIGHUP'); // it answers when it has started
    await until('it answers in the log', () => RELOADED.test(service.output()));
    await write('rule: {where: "defect > 0"}\nhttp: {token: swordfish}');
    service.kill('SIGHUP');
    const wrong = /"msg":"the new configuration is not taken: the service goes on as it was"/;
    await until('a key that needs a restart is named', () => wrong.test(service.output()));
    assert.match(service.output(), /only with a restart: http\.token/);
    await write('rule: {where: "defect > 0"}');
    service.kill('SIGHUP');
    await until('it is taken', () => service.output().includes('"changes":"rule default changed"'));
    await service.ready();
  });

  it('drains and ends when the terminal that it was started in is closed', { skip: noScript }, async () => {
    await using broker = await startBroker();
    const env = {
      ...process.env,
      FLAWLINE_MQTT_URL: broker.url,
      FLAWLINE_MODEL_PATH: TEST_UNET,
      FLAWLINE_HTTP_PORT: '0',
    };
    await using folder = await makeTemporaryFolder();
    const log = join(folder.path, 'run.log');
    const command = `exec ${process.execPath} ${CLI} run 2>${log} >&2`;
    const terminal = spawn('script', ['--quiet', '--command', command, '/dev/null'], { env, stdio: 'ignore' });
    const text = () => (existsSync(log) ? readFileSync(log, 'utf8') : '');
    await until('it is ready', () => text().includes('"msg":"ready"'));
    terminal.kill('SIGKILL');
    await until('it has stopped in order', () => text().includes('"msg":"stopped"'));
  });

  it('ends with 2 and says which flawline has its port', async () => {
    await using broker = await startBroker();
    await using service = await startServiceProcess({ brokerUrl: broker.url });
    await service.ready();
    const env = { FLAWLINE_MQTT_URL: broker.url, FLAWLINE_HTTP_PORT: String(service.httpPort) };
    const same = await flawline(['run'], env);
    assert.equal(same.code, 2);
    assert.match(
      same.err,
      /^ERR_CONFIG: .*EADDRINUSE\): flawline runs there already, as flawline\. .*FLAWLINE_HTTP_PORT/m,
    );
    const other = await flawline(['run'], { ...env, FLAWLINE_MQTT_CLIENT_ID: 'other' });
    assert.match(other.err, /has the client id flawline, not other\. Stop it/);
  });
});

describe('flawline run and a broker that says so', { skip: noEngine }, () => {
  it('ends with 3 when another client takes the session', async () => {
    // Debian's mosquitto does not tell the client that it throws out.
    await using broker = await startWireBroker();
    const env = { FLAWLINE_DEAD_LETTER_KEEP: 'false' }; // whose connection would be the newest
    await using service = await startServiceProcess({ brokerUrl: broker.url, env });
    await until('both connections', () => broker.ids('connect').length >= 2);
    broker.send({ cmd: 'disconnect', reasonCode: 0x8e });
    const why = /another client connected as flawline(-sink)?\. Give each service a mqtt\.clientId of its own/;
    await until('readiness says why', async () => {
      const answer = await fetch(`http://127.0.0.1:${service.httpPort}/readyz`).catch(() => undefined);
      return why.test((await answer?.text()) ?? '');
    });
    service.kill('SIGTERM'); // it would stand aside for a while
    assert.equal(await service.ended, 3);
    assert.match(service.output(), /"level":"error".*"code":"ERR_SESSION_TAKEN"/);
  });

  it('ends with 3 also when native code holds a worker, so that no supervisor starts it against the other one', async () => {
    await using broker = await startWireBroker();
    const env = {
      FLAWLINE_DEAD_LETTER_KEEP: 'false',
      FLAWLINE_SHUTDOWN_TIMEOUT_MS: '100',
      FAULTS_ENGINE: JSON.stringify({ fault: 'native-hang', onByte: 255 }),
    };
    const main = new URL('../../../faults/service-main.js', import.meta.url);
    await using service = await startServiceProcess({ brokerUrl: broker.url, env, main });
    await until('both connections', () => broker.ids('connect').length >= 2);
    const payload = pictureMessage('images/syn_white.png', { id: 'held' });
    broker.send({ cmd: 'publish', topic: 'openvino_demo', payload, qos: 1, messageId: 1, dup: false, retain: false });
    await until('it is in work', async () => /flawline_workers\{state="busy"\} 1/.test(await service.metrics()));
    broker.send({ cmd: 'disconnect', reasonCode: 0x8e });
    await until('it stands aside', () => /another client has the session/.test(service.output()));
    service.kill('SIGTERM');
    assert.equal(await service.ended, 3);
    assert.match(service.output(), /"threads":1,.*the process ends without them/);
  });
});
