/** `flawline verify` as a user types it, on a real broker with the real engine. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { connect, type IConnackPacket } from 'mqtt';
import { brokerMissing, freePort, startBroker } from '../support/broker.js';
import { engineHere } from '../support/engines-here.js';
import { runTool, type ToolRun } from '../support/run-tool.js';
import { startServiceProcess } from '../support/service-process.js';

const CLI = fileURLToPath(new URL('../../src/cli.js', import.meta.url));
const TEST_UNET = fileURLToPath(new URL('../../../models/test-unet', import.meta.url));

const flawline = (args: readonly string[], env: Readonly<Record<string, string>>): Promise<ToolRun> =>
  runTool(process.execPath, [CLI, ...args], { env: { FLAWLINE_MODEL_PATH: TEST_UNET, ...env } });

const engine = engineHere('openvino-capi');

describe('flawline verify', { skip: brokerMissing || (typeof engine === 'string' && engine) }, () => {
  it('ends with 0 when every picture has its result and the ledger adds up', async () => {
    await using broker = await startBroker();
    await using service = await startServiceProcess({ brokerUrl: broker.url });
    await service.ready();
    const env = { FLAWLINE_MQTT_URL: broker.url, FLAWLINE_HTTP_PORT: String(service.httpPort) };
    const { code, out, err } = await flawline(['verify', '--count', '10'], env);
    assert.equal(code, 0, out + err);
    assert.match(out, /results +10\n.*lost +0\nledger +adds up/s);
  });

  it('ends with 1 when nobody answers', async () => {
    await using broker = await startBroker();
    const env = { FLAWLINE_MQTT_URL: broker.url, FLAWLINE_HTTP_PORT: String(await freePort()) };
    const { code, out } = await flawline(['verify', '--count', '2', '--patience', '1'], env);
    assert.equal(code, 1);
    assert.match(out, /lost +2\nledger +not reachable/);
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

  it('--kill leaves no session of its service at the broker', async () => {
    await using broker = await startBroker();
    const env = { FLAWLINE_MQTT_URL: broker.url };
    await flawline(['verify', '--kill', '--count', '10'], env);
    const client = connect(broker.url, { clientId: 'flawline-verify', clean: false, protocolVersion: 5 });
    const connack = await new Promise<IConnackPacket>((resolve) => void client.once('connect', resolve));
    await client.endAsync();
    assert.equal(connack.sessionPresent, false);
  });
});
