/** The command line as a user types it. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { brokerMissing, freePort, startBroker } from '../support/broker/broker.js';
import { connectClient } from '../support/broker/client.js';
import { startWireBroker } from '../support/broker/wire-broker.js';
import { engineHere } from '../support/engine/engines-here.js';
import { startServiceProcess } from '../support/service/service-process.js';
import { makeTemporaryFolder } from '../support/temporary-folder.js';
import { until } from '../support/until.js';
import { readVectorFile, vectorPath } from '../vectors/load-vectors.js';

const CLI = fileURLToPath(new URL('../../src/cli.js', import.meta.url));
const TEST_UNET = fileURLToPath(new URL('../../../models/test-unet', import.meta.url));

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function flawline(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ran> {
  const child = spawn(process.execPath, [CLI, ...args], {
    env: { PATH: process.env['PATH'], FLAWLINE_MODEL_PATH: TEST_UNET, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, out, err })));
}

const engine = engineHere('openvino-capi');
const noEngine = typeof engine === 'string' && engine;

describe('flawline', () => {
  it('says what it can do', async () => {
    const { code, out } = await flawline(['--help']);
    assert.equal(code, 0);
    for (const name of [
      'run',
      'demo',
      'infer',
      'feed',
      'watch',
      'verify',
      'replay',
      'config',
      'model',
      'doctor',
      'healthcheck',
      'bench',
    ]) {
      assert.match(out, new RegExp(`^  ${name} `, 'm'));
    }
  });

  it('refuses an unknown command with 2 and the known ones', async () => {
    const { code, err } = await flawline(['inspect']);
    assert.equal(code, 2);
    assert.match(err, /no command "inspect".*infer/);
  });

  it('ends with 2 and every fault for a wrong configuration', async () => {
    const { code, err } = await flawline(['run'], { FLAWLINE_HTTP_PORT: 'x', FLAWLINE_SOURCE_QOS: '2' });
    assert.equal(code, 2);
    assert.match(err, /http\.port/);
    assert.match(err, /source\.qos/);
  });

  it('ends with 4 and the command to run when there is no runtime', async () => {
    const { code, err } = await flawline(['run'], { FLAWLINE_OPENVINO_DIR: '/nowhere' });
    assert.equal(code, 4);
    assert.match(err, /ERR_RUNTIME_MISSING.*npm run setup/s);
  });

  it('healthcheck ends with 1 when the answer breaks off', async () => {
    const server = createServer((_request, response) => {
      response.writeHead(200, { 'Content-Length': 10 }).write('{');
      setImmediate(() => response.destroy());
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const { code, out } = await flawline(['healthcheck'], { FLAWLINE_HTTP_PORT: String(port) });
    server.close();
    assert.equal(code, 1);
    assert.match(out, /not ready/);
  });

  it('healthcheck ends with 1 when nothing answers', async () => {
    const { code, out } = await flawline(['healthcheck'], { FLAWLINE_HTTP_PORT: String(await freePort()) });
    assert.equal(code, 1);
    assert.match(out, /not ready/);
  });
});

describe('flawline with an engine', { skip: noEngine }, () => {
  it('gives a slow reader all that it printed', async () => {
    const files = Array.from({ length: 5000 }, () => vectorPath('images/syn_gif.gif'));
    const child = spawn(process.execPath, [CLI, 'infer', '--json', ...files], {
      env: { PATH: process.env['PATH'], FLAWLINE_MODEL_PATH: TEST_UNET },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    // Nobody reads: it has more to say than a pipe holds, and must not end before it is read.
    await Promise.race([once(child, 'exit'), delay(5000)]);
    const out = await text(child.stdout);
    assert.equal(out.split('\n').length - 1, files.length);
  });

  it('infer --json prints one object a picture, writes the pictures, and ends with 1 if one was refused', async () => {
    await using folder = await makeTemporaryFolder();
    const args = [
      'infer',
      vectorPath('images/syn_color.jpg'),
      vectorPath('images/syn_gif.gif'),
      '--json',
      '--out',
      folder.path,
    ];
    const { code, out } = await flawline(args);
    assert.equal(code, 1);
    const [good, bad] = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.deepEqual(Object.keys(good).sort(), [
      'area',
      'defect',
      'file',
      'height',
      'inference time',
      'largest',
      'regions',
      'score',
      'width',
    ]);
    assert.deepEqual([good.defect, good.width, good.height], [10, 480, 360]);
    assert.equal(bad.error.code, 'ERR_IMAGE_FORMAT');
    assert.ok(existsSync(join(folder.path, 'syn_color.jpg.result.jpg')));
    assert.ok(existsSync(join(folder.path, 'syn_color.jpg.mask.png')));
  });

  it('demo --count ends with 0 after that many results', async () => {
    const { code, out, err } = await flawline(['demo', '--count', '3']);
    assert.equal(code, 0, err);
    assert.equal(out.trim().split('\n').length, 1 + 3); // the header and three rows
    assert.match(err, /live page +http:\/\/127\.0\.0\.1:\d+\//);
  });

  it('model golden writes the entry that model check and the service then compare with', async () => {
    await using folder = await makeTemporaryFolder();
    await cp(TEST_UNET, folder.path, { recursive: true });
    const before = await flawline(['model', 'check', folder.path]);
    assert.equal(before.code, 0, before.err);
    const golden = await flawline(['model', 'golden', folder.path, vectorPath('images/syn_256.png')]);
    assert.equal(golden.code, 0, golden.err);
    const passed = await flawline(['model', 'check', folder.path]);
    assert.match(passed.out, /self-test +passed/);
    await folder.write('self-test.png', readVectorFile('images/syn_black.png'));
    const failed = await flawline(['model', 'check', folder.path]);
    assert.equal(failed.code, 1);
    assert.match(failed.err, /ERR_SELF_TEST/);
  });

  it('bench prints stage times, the pace and the ceiling', async () => {
    const { code, out, err } = await flawline(['bench', vectorPath('images/syn_color.jpg'), '--seconds', '0.3']);
    assert.equal(code, 0, err);
    assert.match(out, /pictures in .* a second/);
    assert.match(out, /^infer +[\d.]+ +[\d.]+$/m);
    assert.match(out, /inference alone: [\d.]+ a second is the ceiling/);
  });

  it('config check --picture gives the verdict of the rule', async () => {
    const args = ['config', 'check', '--picture', vectorPath('images/syn_color.jpg')];
    const { code, out } = await flawline(args, { FLAWLINE_RULE_WHERE: 'defect > 10' });
    assert.equal(code, 0);
    assert.match(out, /rule default: defect > 10 {2}→ {2}filtered {2}\(defect 10\)/);
  });
});

describe('flawline with an engine and a broker', { skip: brokerMissing || noEngine }, () => {
  it('doctor finds nothing to complain about and healthcheck is green beside a running service', async () => {
    await using broker = await startBroker();
    await using service = await startServiceProcess({ brokerUrl: broker.url });
    await service.ready();
    const env = { FLAWLINE_MQTT_URL: broker.url, FLAWLINE_HTTP_PORT: String(service.httpPort) };
    const doctor = await flawline(['doctor'], env);
    assert.equal(doctor.code, 0, doctor.out);
    assert.match(doctor.out, /← taken/);
    assert.equal((await flawline(['healthcheck'], env)).code, 0);
  });

  it('feed publishes what watch prints', async () => {
    await using broker = await startBroker();
    await using service = await startServiceProcess({ brokerUrl: broker.url });
    await service.ready();
    const child = spawn(process.execPath, [CLI, 'watch'], {
      env: { PATH: process.env['PATH'], FLAWLINE_MQTT_URL: broker.url },
    });
    let seen = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        seen += text;
      });
    }
    await until('it watches', () => seen.includes('watching'));
    const fed = await flawline(['feed', vectorPath('images/syn_color.jpg'), '--count', '2'], {
      FLAWLINE_MQTT_URL: broker.url,
    });
    assert.equal(fed.out, '2 published to openvino_demo\n');
    await until('both results', () => seen.match(/ekuiper\/defect {2}defect 10/g)?.length === 2);
    child.kill('SIGINT');
    const code = await new Promise((resolve) => child.once('exit', resolve));
    assert.equal(code, 0);
  });

  it('doctor ends with 1 when the broker of the results does not answer', async () => {
    await using broker = await startBroker();
    const sink = `mqtt://127.0.0.1:${await freePort()}`;
    const { code, out } = await flawline(['doctor'], { FLAWLINE_MQTT_URL: broker.url, FLAWLINE_SINK_URL: sink });
    assert.equal(code, 1);
    assert.match(out, new RegExp(`^FAULT      ERR_BROKER: .*${sink}`, 'm'));
  });

  it('watch ends at the first signal, also when the broker has stopped answering', async () => {
    await using broker = await startBroker();
    const child = spawn(process.execPath, [CLI, 'watch'], {
      env: { PATH: process.env['PATH'], FLAWLINE_MQTT_URL: broker.url },
      stdio: 'ignore',
    });
    const ended = once(child, 'exit');
    await until('it watches', () => broker.log().includes('Sending SUBACK'));
    broker.freeze();
    try {
      child.kill('SIGTERM');
      const [code] = await Promise.race([ended, delay(20_000, ['it goes on'], { ref: false })]);
      assert.equal(code, 0);
    } finally {
      broker.thaw();
      child.kill('SIGKILL');
    }
  });

  it('watch shows a message on one line without control characters', async () => {
    await using broker = await startBroker();
    const child = spawn(process.execPath, [CLI, 'watch'], {
      env: { PATH: process.env['PATH'], FLAWLINE_MQTT_URL: broker.url },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    try {
      await until('it watches', () => broker.log().includes('Sending SUBACK'));
      await using client = await connectClient(broker.url);
      await client.publish('ekuiper/defect', JSON.stringify({ id: 'a\u001b[2J\nforged', defect: 1 }));
      const [line] = await once(child.stdout.setEncoding('utf8'), 'data');
      assert.match(line, /a\ufffd\[2J\ufffdforged\n$/);
    } finally {
      child.kill('SIGKILL');
    }
  });

  it('watch --save ends with what is wrong when a picture cannot be written', async () => {
    await using broker = await startBroker();
    await using folder = await makeTemporaryFolder();
    const saved = join(folder.path, 'saved');
    const ran = flawline(['watch', '--save', saved], { FLAWLINE_MQTT_URL: broker.url });
    await until('it watches', () => broker.log().includes('Sending SUBACK'));
    await rm(saved, { recursive: true });
    await using client = await connectClient(broker.url);
    await client.publish('ekuiper/defect', JSON.stringify({ id: 'a', afterProcess: '/9j/' }));
    const { code, err } = await ran;
    assert.equal(code, 2);
    assert.match(err, /^--save takes a folder that can be written: ENOENT.*\nSee: flawline watch --help\n$/m);
  });

  it('verify gives up, and does not call it well, when the broker stops answering', async () => {
    await using broker = await startBroker();
    const args = ['verify', '--count', '100000', '--patience', '1', '--metrics', 'http://127.0.0.1:9/metrics'];
    const ran = flawline(args, { FLAWLINE_MQTT_URL: broker.url });
    await until('it publishes', () => broker.log().includes('Received PUBLISH'));
    broker.freeze();
    try {
      const { code, out } = await Promise.race([ran, delay(60_000, { code: 'it goes on', out: '' }, { ref: false })]);
      assert.equal(code, 1);
      assert.match(out, /^The broker took \d+ pictures of 100000\.$/m);
    } finally {
      broker.thaw();
    }
  });

  it('verify --kill leaves no service behind at the second signal', async () => {
    await using broker = await startBroker();
    const child = spawn(process.execPath, [CLI, 'verify', '--kill', '--count', '100000'], {
      env: { PATH: process.env['PATH'], FLAWLINE_MQTT_URL: broker.url, FLAWLINE_MODEL_PATH: TEST_UNET },
      stdio: 'ignore',
    });
    const ended = once(child, 'exit');
    await until('its service is there', () => broker.log().includes('as flawline-verify '), 60_000);
    child.kill('SIGTERM');
    child.kill('SIGINT');
    await ended;
    await until('its service is gone', () => /Client flawline-verify (closed|disconnected)/.test(broker.log()));
  });

  it('feed ends at the first signal, also when the broker has stopped answering', async () => {
    await using broker = await startBroker();
    const child = spawn(process.execPath, [CLI, 'feed', vectorPath('images/syn_color.jpg'), '--loop'], {
      env: { PATH: process.env['PATH'], FLAWLINE_MQTT_URL: broker.url },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const out = text(child.stdout);
    const ended = once(child, 'exit');
    await until('it publishes', () => broker.log().includes('Received PUBLISH'));
    broker.freeze();
    try {
      child.kill('SIGTERM');
      const [code] = await Promise.race([ended, delay(20_000, ['it goes on'], { ref: false })]);
      assert.equal(code, 0);
      assert.match(await out, /^\d+ published to openvino_demo\n$/);
    } finally {
      broker.thaw();
      child.kill('SIGKILL');
    }
  });

  it('feed ends with the reason when the broker refuses a picture', async () => {
    await using broker = await startBroker();
    const { code, err } = await flawline(['feed', '--topic', '$share/a/b'], { FLAWLINE_MQTT_URL: broker.url });
    assert.equal(code, 1);
    assert.match(err, /^ERR_BROKER: Cannot publish as .* on \$share\/a\/b: .*Not authorized\n$/);
  });

  it('replay publishes dead letters to their topics again, those with the code that is asked for', async () => {
    await using broker = await startBroker();
    const env = { FLAWLINE_MQTT_URL: broker.url };
    await flawline(['replay'], env); // from now on the broker keeps them
    await using service = await startServiceProcess({ brokerUrl: broker.url });
    await service.ready();
    await using publisher = await connectClient(broker.url);
    await publisher.publish('openvino_demo', 'no picture');
    await publisher.publish('openvino_demo', '{}');
    await until('both dead letters', async () => (await service.metrics()).includes('outcome="dead_lettered"} 2'));
    service.kill('SIGTERM');
    await service.ended;
    const one = await flawline(['replay', '--code', 'ERR_PAYLOAD_FIELD'], env);
    assert.match(one.out, /1 published again, 1 kept/);
    const other = await flawline(['replay'], env);
    assert.match(other.out, /ERR_PAYLOAD_JSON.*\n1 published again, 0 kept/);
  });

  it('replay publishes a message once a call, also while the service refuses it again', async () => {
    await using broker = await startBroker();
    const env = { FLAWLINE_MQTT_URL: broker.url };
    await flawline(['replay'], env);
    await using service = await startServiceProcess({ brokerUrl: broker.url });
    await service.ready();
    await using publisher = await connectClient(broker.url);
    await publisher.publish('openvino_demo', 'no picture');
    await until('the dead letter', async () => (await service.metrics()).includes('outcome="dead_lettered"} 1'));
    const first = await flawline(['replay'], env);
    assert.match(first.out, /\n1 published again, 0 kept/);
    await until('its return', async () => (await service.metrics()).includes('outcome="dead_lettered"} 2'));
    assert.match((await flawline(['replay', '--code', 'ERR_IMAGE_FORMAT'], env)).out, /^0 published again, 1 kept/);
  });

  it('replay finds a letter behind more of them than the broker sends without an acknowledgement', async () => {
    await using broker = await startBroker({ config: ['max_inflight_messages 2'] });
    const env = { FLAWLINE_MQTT_URL: broker.url };
    await flawline(['replay'], env);
    await using publisher = await connectClient(broker.url);
    const letter = (code: string) =>
      JSON.stringify({ id: code, topic: 'elsewhere', code, payload: Buffer.from(code).toString('base64') });
    for (const code of ['ERR_JOB_TIMEOUT', 'ERR_JOB_TIMEOUT', 'ERR_JOB_TIMEOUT', 'ERR_IMAGE_FORMAT']) {
      await publisher.publish('flawline/flawline/dead-letter', letter(code));
    }
    const one = await flawline(['replay', '--code', 'ERR_IMAGE_FORMAT'], env);
    assert.match(one.out, /^elsewhere {2}ERR_IMAGE_FORMAT.*\n1 published again, 3 kept/);
    const rest = await flawline(['replay'], env);
    assert.match(rest.out, /\n3 published again, 0 kept/);
  });
});

describe('flawline run and a broker that says so', { skip: noEngine }, () => {
  it('ends with 3 when another client takes the session', async () => {
    // Debian's mosquitto does not tell the client that it throws out.
    await using broker = await startWireBroker();
    await using service = await startServiceProcess({ brokerUrl: broker.url });
    await until('both connections', () => broker.ids('connect').length >= 2);
    broker.send({ cmd: 'disconnect', reasonCode: 0x8e });
    assert.equal(await service.ended, 3);
    assert.match(service.output(), /ERR_SESSION_TAKEN/);
  });
});
