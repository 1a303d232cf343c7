/** What would go wrong: `verify` calls a picture lost whose answer is still to come, or came while it could not hear it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect, type IConnackPacket } from 'mqtt';
import { brokerMissing, startBroker } from '../../support/broker/broker.js';
import { startTcpProxy } from '../../support/broker/tcp-proxy.js';
import { flawline } from '../../support/cli.js';
import { type ScriptedService, startScriptedService } from '../../support/service/scripted-service.js';
import { until } from '../../support/until.js';

const mosquitto = { skip: brokerMissing };
const COUNT = 20;
/** Long enough for a busy machine to answer, and short, as two tests wait until it is over. */
const PATIENCE_SECONDS = 5;
/** `verify` asks every 250 ms. */
const SCRAPES_OF_PATIENCE = PATIENCE_SECONDS * 4;

test('verify --kill-with has patience from when the service is ready again', mosquitto, async () => {
  await using broker = await startBroker();
  await using service = await startScriptedService(broker.url, {
    answers: COUNT / 2,
    onHalted: (halted) => halted.startAgain(),
    onScrape: (asked) => {
      if (asked.scrapes === SCRAPES_OF_PATIENCE + 4) asked.goOn();
    },
  });
  const env = { FLAWLINE_MQTT_URL: broker.url, FLAWLINE_HTTP_PORT: String(service.httpPort) };
  const args = ['verify', '--kill-with', 'true', '--patience', String(PATIENCE_SECONDS), '--count', String(COUNT)];
  const { code, out, err } = await flawline(args, env);
  assert.equal(code, 0, out + err);
  assert.match(out, /results +20\n.*restarts +1\nlost +0\nledger +adds up/s);
});

/** Cuts what brings results, has the service answer all, and lets the connection be made again. */
async function verifyWithCut(patience: number, more: Readonly<Record<string, string>> = {}) {
  await using broker = await startBroker();
  await using proxy = await startTcpProxy(broker.port);
  const answerUnheard = async (service: ScriptedService): Promise<void> => {
    proxy.blackHole(true);
    proxy.reset();
    await until('the broker sees it', () => /Client flawline-verified-\S+ (closed|disconnected)/.test(broker.log()));
    service.goOn();
    await until(
      'all is answered',
      () => (broker.log().match(/Received PUBLISH from \S+ .*'ekuiper\/defect'/g) ?? []).length === COUNT,
    );
    proxy.blackHole(false);
  };
  await using service = await startScriptedService(broker.url, {
    answers: COUNT / 2,
    onHalted: (halted) => void answerUnheard(halted),
  });
  const env = { FLAWLINE_MQTT_URL: broker.url, FLAWLINE_HTTP_PORT: String(service.httpPort), ...more };
  return await flawline(['verify', '--patience', String(patience), '--count', String(COUNT)], {
    ...env,
    FLAWLINE_SINK_URL: proxy.url,
  });
}

test('verify gets what came while its connection was lost', mosquitto, async () => {
  const { code, out, err } = await verifyWithCut(60);
  assert.equal(code, 0, out + err);
  assert.match(out, /results +20\n.*lost +0\nledger +adds up/s);
  assert.match(err, /the connection to \S+ is lost; trying again\nconnected to \S+ again/);
});

test('verify over MQTT 3.1.1, which cannot, does not call it lost', mosquitto, async () => {
  const { code, out } = await verifyWithCut(PATIENCE_SECONDS, { FLAWLINE_MQTT_PROTOCOL_VERSION: '4' });
  assert.equal(code, 1);
  assert.match(out, /unanswered +\d+\nledger +adds up\n.* A connection of this command was lost/);
});

test('verify leaves no session of its own behind', mosquitto, async () => {
  await using broker = await startBroker();
  await using service = await startScriptedService(broker.url, { answers: 2, onHalted: () => undefined });
  const env = { FLAWLINE_MQTT_URL: broker.url, FLAWLINE_HTTP_PORT: String(service.httpPort) };
  assert.equal((await flawline(['verify', '--count', '2', '--patience', '60'], env)).code, 0);
  const [clientId = ''] = /flawline-verified-\w+/.exec(broker.log()) ?? [];
  const again = connect(broker.url, { clientId, clean: false, protocolVersion: 5 });
  const connack = await new Promise<IConnackPacket>((resolve) => void again.once('connect', resolve));
  await again.endAsync();
  assert.equal(connack.sessionPresent, false);
});
