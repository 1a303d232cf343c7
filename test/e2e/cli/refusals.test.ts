/** What a broker refuses, or ends a connection over, ends a command with one line: never a hang, never a stack trace. */
import assert from 'node:assert/strict';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { after, describe, it } from 'node:test';
import { brokerMissing, startBroker } from '../../support/broker/broker.js';
import { dynamicSecurityMissing, onlySubscriptionsTo } from '../../support/broker/dynamic-security.js';
import { accept, startWireBroker } from '../../support/broker/wire-broker.js';
import { endsWithin, flawline, type Ran, startFlawline } from '../../support/cli.js';
import { makeTemporaryFolder } from '../../support/temporary-folder.js';
import { until } from '../../support/until.js';

/** For what takes a few seconds, on a busy machine. */
const DEADLINE_MS = 60_000;

function assertOneLine({ code, err }: Ran, line: RegExp): void {
  const errors = err.split('\n').filter((text) => text !== '' && !text.startsWith('the connection to '));
  const told = errors.filter((text) => !/^connected to .* again$/.test(text));
  assert.deepEqual([code, told.length], [1, 1], err);
  assert.match(told[0] ?? '', line);
}

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  after(() => server.close());
  return `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('a picture above the packet limit of the broker', { skip: brokerMissing }, () => {
  for (const version of ['4', '5']) {
    it(`ends feed in MQTT ${version === '5' ? '5' : '3.1.1'}`, async () => {
      await using broker = await startBroker({ config: ['max_packet_size 20000'] });
      await using folder = await makeTemporaryFolder();
      const file = await folder.write('large.jpg', Buffer.alloc(50_000));
      const env = { FLAWLINE_MQTT_URL: broker.url, FLAWLINE_MQTT_PROTOCOL_VERSION: version };
      await using feed = startFlawline(['feed', file, '--raw'], env, folder.path);
      const limit =
        /^ERR_BROKER: Cannot publish large\.jpg on openvino_demo as the broker takes packets <= 20000 bytes: 500\d\d\./;
      const hangUp =
        /^ERR_BROKER: .* closed 3 in a row .* the largest large\.jpg with 500\d\d bytes\. Does it take packets of this size/;
      assertOneLine(await endsWithin(feed, DEADLINE_MS), version === '5' ? limit : hangUp);
    });
  }
});

describe('a topic without subscribers', { skip: brokerMissing }, () => {
  it('makes feed end with 1 and the reason', async () => {
    await using broker = await startBroker();
    const { code, out, err } = await flawline(['feed', '--count', '3'], { FLAWLINE_MQTT_URL: broker.url });
    assert.deepEqual([code, out], [1, '3 published to openvino_demo\n']);
    assert.match(err, /^The broker dropped 3 of them, as nobody subscribes to openvino_demo\. .*source\.topics\?\n$/);
  });
});

describe('a refused subscription', { skip: brokerMissing || dynamicSecurityMissing }, () => {
  it('ends watch', async () => {
    await using broker = await startBroker(onlySubscriptionsTo([]));
    const ran = await flawline(['watch'], { FLAWLINE_MQTT_URL: broker.url });
    assertOneLine(ran, /^ERR_BROKER: Cannot watch results as .* the subscription: ekuiper\/defect \(Not authorized\)$/);
  });

  it('ends verify', async () => {
    await using broker = await startBroker(onlySubscriptionsTo([]));
    const url = await listening(createHttpServer((_request, response) => response.end('{"ready":true}')));
    const port = new URL(url).port;
    const ran = await flawline(['verify'], { FLAWLINE_MQTT_URL: broker.url, FLAWLINE_HTTP_PORT: port });
    assertOneLine(
      ran,
      /^ERR_BROKER: Cannot collect results as .* ekuiper\/defect \(Not authorized\), .*dead-letter \(/,
    );
  });

  it('to dead letters makes watch warn and go on with results', async () => {
    await using broker = await startBroker(onlySubscriptionsTo(['ekuiper/#']));
    await using watch = startFlawline(['watch'], { FLAWLINE_MQTT_URL: broker.url });
    await until('it watches', () => watch.err().includes('watching'));
    assert.match(
      watch.err(),
      /^warning: dead letters are not shown.*flawline\/flawline\/dead-letter \(Not authorized\)\nwatching ekuiper\/defect at /,
    );
    watch.kill('SIGINT');
    assert.equal((await watch.ended).code, 0);
  });

  it('that the broker ends the connection over ends watch', async () => {
    await using broker = await startWireBroker((packet) => {
      if (packet.cmd === 'subscribe') broker.drop();
      return accept(packet);
    });
    await using watch = startFlawline(['watch'], { FLAWLINE_MQTT_URL: broker.url });
    assertOneLine(
      await endsWithin(watch, DEADLINE_MS),
      /Cannot watch results .* ekuiper\/defect \(Connection closed\)$/,
    );
  });
});

describe('a broker that cannot be spoken to', () => {
  for (const command of ['feed', 'watch', 'replay']) {
    it(`as it closes before CONNACK ends ${command} with the likely setting`, async () => {
      const url = await listening(createServer((socket) => socket.once('data', () => socket.destroy())));
      const ran = await flawline([command], { FLAWLINE_MQTT_URL: url });
      assertOneLine(ran, /^ERR_BROKER: .*mqtt:\/\/127.*: closed before CONNACK\. .*mqtt\.protocolVersion: 4/);
    });
  }

  it('as it speaks another version ends with the key to set', async () => {
    await using broker = await startWireBroker(() => [{ cmd: 'connack', sessionPresent: false, reasonCode: 0x84 }]);
    const ran = await flawline(['feed'], { FLAWLINE_MQTT_URL: broker.url });
    assertOneLine(ran, /Unsupported Protocol Version\. .*mqtt\.protocolVersion: 4/);
  });

  it('as it is a web server ends with that', async () => {
    const url = await listening(createHttpServer());
    assertOneLine(await flawline(['feed'], { FLAWLINE_MQTT_URL: url }), /What answers there is not an MQTT broker/);
  });
});
