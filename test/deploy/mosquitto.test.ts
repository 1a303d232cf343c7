/**
 * The users and rules for mosquitto, on a mosquitto. What would go wrong: a camera connects with the client id of the service
 * and is given its session, with the pictures that wait in it.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { connect, type IClientOptions } from 'mqtt';
import { packageRoot } from '../../src/std/package-root.js';
import { brokerMissing, startBroker, type TestBroker } from '../support/broker/broker.js';
import { collect, connectClient } from '../support/broker/client.js';
import { flawline } from '../support/cli.js';
import { runTool } from '../support/process/run-tool.js';
import { startTestService } from '../support/service/service.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';

const CONF = readFileSync(join(packageRoot, 'deploy/mosquitto/mosquitto.conf'), 'utf8');
const [, plugin = ''] = /^plugin (\S+)$/m.exec(CONF) ?? [];
const noPlugin = brokerMissing || (existsSync(plugin) ? false : `${plugin} is not there`);
const PICTURE = '{"image": "bm90IGEgcGljdHVyZQ=="}';

interface Setting extends AsyncDisposable {
  readonly broker: TestBroker;
  readonly passwordFile: (user: string) => string;
  /** Options of a client of this user; its client id is the user's name unless another one is given. */
  readonly as: (user: string, options?: IClientOptions) => IClientOptions;
}

async function setUp(): Promise<Setting> {
  const folder = await makeTemporaryFolder();
  const made = await runTool(process.execPath, [join(packageRoot, 'scripts/mosquitto-users.mjs'), folder.path]);
  assert.equal(made.code, 0, made.err);
  const shipped = CONF.split('\n').filter((line) => /^(allow_anonymous|plugin|max_)/.test(line));
  const config = shipped.map((line) => line.replace(/\/etc\/mosquitto\/flawline/, folder.path));
  const broker = await startBroker({ config });
  const passwordFile = (user: string) => join(folder.path, `${user}.password`);
  return {
    broker,
    passwordFile,
    as: (user, options) => ({
      clientId: user,
      username: user,
      password: readFileSync(passwordFile(user), 'utf8'),
      reconnectPeriod: 0,
      ...options,
    }),
    async [Symbol.asyncDispose]() {
      await broker[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** Variables of a command that is run as these users. */
function toolsAs({ broker, passwordFile }: Setting, user: string, sinkUser: string) {
  return {
    FLAWLINE_OPENVINO_DIR: '/nowhere',
    FLAWLINE_MQTT_URL: broker.url,
    FLAWLINE_MQTT_USERNAME: user,
    FLAWLINE_MQTT_PASSWORD_FILE: passwordFile(user),
    FLAWLINE_SINK_USERNAME: sinkUser,
    FLAWLINE_SINK_PASSWORD_FILE: passwordFile(sinkUser),
  };
}

describe('deploy/mosquitto', { skip: noPlugin }, () => {
  it('gives a service of two users all that it needs', async () => {
    await using setting = await setUp();
    const { broker, as, passwordFile } = setting;
    await using service = await startTestService({
      brokerUrl: broker.url,
      env: {
        FLAWLINE_MQTT_USERNAME: 'flawline',
        FLAWLINE_MQTT_PASSWORD_FILE: passwordFile('flawline'),
        FLAWLINE_SINK_USERNAME: 'flawline-sink',
        FLAWLINE_SINK_PASSWORD_FILE: passwordFile('flawline-sink'),
      },
    });
    await using letters = await collect(broker.url, 'flawline/flawline/dead-letter', as('operator'));
    await using camera = await connectClient(broker.url, as('camera'));
    await camera.publish('openvino_demo', PICTURE);
    await letters.count(1);
    assert.equal(service.service.readiness().ready, true);
    assert.doesNotMatch(broker.log(), /Denied/);
  });

  it('lets no camera take the session of the service, nor what waits in it', async () => {
    await using setting = await setUp();
    const { broker, as } = setting;
    const session = as('flawline', { clean: false, properties: { sessionExpiryInterval: 600 } });
    const first = await collect(broker.url, 'openvino_demo', session);
    await first.client.endAsync();
    await using camera = await connectClient(broker.url, as('camera'));
    await camera.publish('openvino_demo', PICTURE);
    for (const clientId of ['flawline', 'flawline-sink']) {
      for (const clean of [true, false]) {
        await assert.rejects(connectClient(broker.url, as('camera', { clientId, clean })), /Not authorized/);
      }
    }
    const second = connect(broker.url, session); // what waits comes right behind the CONNACK
    const payload = await new Promise((resolve) => second.once('message', (_topic, bytes) => resolve(String(bytes))));
    await second.endAsync(true);
    assert.equal(payload, PICTURE);
  });

  it('lets neither of the service\u2019s users be the other one', async () => {
    await using setting = await setUp();
    const { broker, as } = setting;
    await assert.rejects(connectClient(broker.url, as('flawline-sink', { clientId: 'flawline' })), /Not authorized/);
    await assert.rejects(connectClient(broker.url, as('flawline', { clientId: 'flawline-sink' })), /Not authorized/);
  });

  it('lets cameras read nothing, and readers only results and states', async () => {
    await using setting = await setUp();
    const { broker, as } = setting;
    await assert.rejects(collect(broker.url, 'openvino_demo', as('camera')), /Not authorized/);
    await assert.rejects(collect(broker.url, 'ekuiper/defect', as('camera')), /Not authorized/);
    await assert.rejects(collect(broker.url, 'flawline/flawline/dead-letter', as('reader')), /Not authorized/);
    await using reader = await collect(broker.url, 'ekuiper/defect/#', as('reader'));
    await assert.rejects(reader.publish('openvino_demo', PICTURE), /Not authorized/);
  });

  it('refuses doctor and replay to the user of the service, with the client id and the way out', async () => {
    await using setting = await setUp();
    const env = toolsAs(setting, 'flawline', 'flawline-sink');
    const doctor = await flawline(['doctor'], env);
    assert.equal(doctor.code, 1);
    assert.match(doctor.out, /^FAULT {6}ERR_BROKER: .*takes flawline-doctor only from a user that may have any/m);
    const replay = await flawline(['replay'], env);
    assert.match(replay.err, /^ERR_BROKER: .*takes flawline-replay-\S+ only from a user that may have any/m);
  });

  it('lets the operator run doctor and replay', async () => {
    await using setting = await setUp();
    const env = toolsAs(setting, 'operator', 'operator');
    assert.doesNotMatch((await flawline(['doctor'], env)).out, /^(FAULT.*ERR_BROKER|warning)/m);
    await flawline(['replay'], env); // from now on they are kept
    await using sink = await connectClient(setting.broker.url, setting.as('flawline-sink'));
    await using pictures = await collect(setting.broker.url, 'openvino_demo', setting.as('operator'));
    const letter = { id: '1', topic: 'openvino_demo', code: 'ERR_INFERENCE', payload: 'cGljdHVyZQ==' };
    await sink.publish('flawline/flawline/dead-letter', JSON.stringify(letter));
    assert.match((await flawline(['replay'], env)).out, /^1 published again, 0 kept$/m);
    await pictures.count(1);
    assert.deepEqual(pictures.texts(), ['picture']);
  });

  it('lets nobody in without a password', async () => {
    await using setting = await setUp();
    await assert.rejects(connectClient(setting.broker.url, { reconnectPeriod: 0 }), /Not authorized/);
  });
});
