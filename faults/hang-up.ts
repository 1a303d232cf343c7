/** Brokers that close the connection where others answer, and that answer in words nobody knows. */
import { setTimeout as delay } from 'node:timers/promises';
import { connectClient, type TestClient } from '../test/support/broker/client.js';
import { type Answer, accept, HANG_UP, startWireBroker } from '../test/support/broker/wire-broker.js';
import { pictureMessage } from '../test/support/pictures/payloads.js';
import { until } from '../test/support/until.js';
import { openBench } from './bench/bench.js';
import { type Fault, judge } from './fault.js';

const BROKER_BYTES = 4000;

/** On MQTT 3.1.1 mosquitto names no largest packet: it closes the connection at one. */
export const hangUp: Fault = {
  id: 'hang-up',
  title: 'broker closes the connection at results above its packet limit, without a word (MQTT 3.1.1)',
  target: 'dead letters ERR_RESULT_TOO_LARGE of these alone, the others go on, 0 lost; the limit is met once',
  async run(extent) {
    const count = extent === 'full' ? 300 : 20;
    const every = extent === 'full' ? 30 : 10;
    const isLarge = (id: string) => Number(id.slice(1)) % every === 2;
    await using bench = await openBench({
      broker: { config: [`max_packet_size ${BROKER_BYTES}`] },
      env: {
        FLAWLINE_MQTT_PROTOCOL_VERSION: '4',
        FLAWLINE_RESULT_FIELDS: 'id,origin as a,origin as b,origin as c',
      },
      messageOf: (id) => pictureMessage(isLarge(id) ? 'images/syn_palette.png' : 'images/syn_3x2.png', { id }),
    });
    await bench.publisher.burst(count);
    const counts = await bench.ack();
    const expected = Array.from({ length: count }, (_, n) => `p${n}`).filter(isLarge);
    const codes = new Set(counts.deadLetters.values());
    const closings = bench.broker.log().split('New client connected').length;
    const outcome = judge(counts, { deadLetters: expected }, [
      [...codes].some((code) => code !== 'ERR_RESULT_TOO_LARGE') && `codes ${[...codes].join(', ')}`,
    ]);
    return { ...outcome, note: `${expected.length} culprits; ${closings} connections in all` };
  },
};

const PACKET_TOO_LARGE = 0x95;
/** User property a: bc. */
const PROPERTIES = [8, 0x26, 0, 1, 0x61, 0, 2, 0x62, 0x63];

/** The sink's broker answers 0x01 with properties, as mochi does, and 0x95 to large results, as mosquitto may. */
export const unknownPuback: Fault = {
  id: 'unknown-puback',
  title: 'broker answers PUBACKs with reason codes that MQTT 5 does not know there',
  target: 'below 0x80 is success, all else a refusal: 0 lost, 0 twice, culprits dead-lettered, 0 reconnects',
  async run(extent) {
    const count = extent === 'full' ? 500 : 30;
    const isLarge = (id: string) => Number(id.slice(1)) % 10 === 3;
    let relay: TestClient | undefined;
    await using wire = await startWireBroker((packet) => {
      if (packet.cmd === 'subscribe') return [{ cmd: 'suback', messageId: packet.messageId ?? 0, granted: [1] }];
      if (packet.cmd !== 'publish' || packet.qos === 0) return accept(packet);
      const { messageId = 0, topic, payload } = packet;
      const code = payload.length > BROKER_BYTES ? PACKET_TOO_LARGE : 1;
      wire.sendBytes(Buffer.from([0x40, 3 + PROPERTIES.length, messageId >> 8, messageId & 0xff, code, ...PROPERTIES]));
      const userProperties = packet.properties?.userProperties ?? {};
      if (code === 1) void relay?.publish(topic, payload, { qos: 1, properties: { userProperties } });
      return [];
    });
    await using bench = await openBench({
      env: { FLAWLINE_SINK_URL: wire.url, FLAWLINE_RESULT_FIELDS: 'id,origin as a,origin as b,origin as c' },
      messageOf: (id) => pictureMessage(isLarge(id) ? 'images/syn_palette.png' : 'images/syn_3x2.png', { id }),
    });
    await using client = await connectClient(bench.broker.url);
    relay = client;
    await bench.publisher.burst(count);
    const expected = Array.from({ length: count }, (_, n) => `p${n}`).filter(isLarge);
    const outcome = judge(await bench.ack(), { deadLetters: expected, twiceFraction: 0 }, [
      wire.connections !== 1 && `${wire.connections - 1} reconnects`,
    ]);
    return { ...outcome, note: `${expected.length} refused with 0x95, all others taken with 0x01` };
  },
};

/** A broker of the sink that hands on what it takes to the collector's, and hangs up where `isDenied` says. */
async function startRelay(isDenied: Answered) {
  let relay: TestClient | undefined;
  let closings = 0;
  const wire = await startWireBroker((packet) => {
    if (isDenied(packet)) {
      closings += 1;
      return HANG_UP;
    }
    if (packet.cmd === 'subscribe') return [{ cmd: 'suback', messageId: packet.messageId ?? 0, granted: [1] }];
    if (packet.cmd !== 'publish' || packet.qos === 0) return accept(packet);
    const userProperties = packet.properties?.userProperties ?? {};
    void relay?.publish(packet.topic, packet.payload, { qos: 1, properties: { userProperties } });
    return [{ cmd: 'puback', messageId: packet.messageId ?? 0, reasonCode: 0 }];
  });
  return {
    url: wire.url,
    closings: () => closings,
    relayTo(client: TestClient) {
      relay = client;
    },
    [Symbol.asyncDispose]: () => wire[Symbol.asyncDispose](),
  };
}

type Answered = (packet: Parameters<Answer>[0]) => boolean;

const MOST_CLOSINGS = 3;

/**
 * The sink's broker hangs up at the request topic; the source's has no retained messages, so no last will as it should
 * be.
 */
export const besidePictures: Fault = {
  id: 'beside-pictures',
  title: 'broker closes the connection at the request topic, and has no retained messages',
  target: 'requests and retained state are given up, pictures go on: 0 lost, no dead letter, at most 3 closings',
  async run(extent) {
    await using wire = await startRelay(({ cmd }) => cmd === 'subscribe');
    await using bench = await openBench({
      broker: { config: ['retain_available false'] },
      env: { FLAWLINE_SINK_URL: wire.url },
    });
    await using client = await connectClient(bench.broker.url);
    wire.relayTo(client);
    await bench.publisher.during(20, () => delay(extent === 'full' ? 20_000 : 3000));
    const outcome = judge(await bench.ack(), {}, [
      wire.closings() > MOST_CLOSINGS && `${wire.closings()} closings`,
      !/requests by MQTT: they are off/.test(bench.service.output()) && 'it was not said that requests are off',
    ]);
    return { ...outcome, note: `${wire.closings()} closings` };
  },
};

/** What a broker of another MQTT version does, or one that is full, or a port that is none of a broker. */
export const beforeConnack: Fault = {
  id: 'before-connack',
  title: 'broker closes the connection before CONNACK, then accepts it',
  target: '/readyz red and one warning, both with URL and likely setting; recovers by itself; 0 lost, 0 twice',
  async run(extent) {
    let isClosed = true;
    await using wire = await startRelay(({ cmd }) => cmd === 'connect' && isClosed);
    await using bench = await openBench({ env: { FLAWLINE_SINK_URL: wire.url }, startAtOnce: false });
    await using client = await connectClient(bench.broker.url);
    wire.relayTo(client);
    const started = bench.startService();
    const reason = await until('it is red', async () => {
      const text = await bench.reasons().catch(() => '');
      return text.includes('closed before CONNACK') && text;
    });
    await delay(extent === 'full' ? 10_000 : 1000);
    isClosed = false;
    await started;
    await bench.publisher.burst(extent === 'full' ? 200 : 20);
    const counts = await bench.ack();
    const lines = bench.service.output().split('\n');
    const warnings = lines.filter((line) => line.includes('"msg":"Cannot keep a connection')).length;
    const outcome = judge(counts, { twiceFraction: 0 }, [
      !reason.includes(wire.url) && 'no URL',
      !reason.includes('mqtt.protocolVersion: 4') && 'no setting',
      warnings !== 1 && `${warnings} warnings`,
    ]);
    return { ...outcome, note: `${wire.closings()} closings before the first CONNACK` };
  },
};
