/** Brokers that close the connection where others answer, and that answer in words nobody knows. */
import { connectClient, type TestClient } from '../test/support/broker/client.js';
import { accept, startWireBroker } from '../test/support/broker/wire-broker.js';
import { pictureMessage } from '../test/support/pictures/payloads.js';
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
