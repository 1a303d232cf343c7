/**
 * What src/mqtt relies on in MQTT.js and no documentation promises, against a broker made of a bare socket: it says what
 * was really written. When an upgrade of the library fails here, late acknowledgement is broken: messages would be lost.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Packet as ClientPacket, connect, type IClientOptions, type MqttClient, Store } from 'mqtt';
import type { Packet } from 'mqtt-packet';
import { keptAsItIs } from '../../src/mqtt/client-internals/kept-payload.js';
import { readWholePackets } from '../../src/mqtt/client-internals/packet-socket.js';
import { ACKNOWLEDGE_LATER, readAnyReasonCode, writePuback } from '../../src/mqtt/client-internals/puback.js';
import { reasonCodeOf } from '../../src/mqtt/publish.js';
import { deferred } from '../../src/std/promises.js';
import { createSharedBuffers } from '../../src/std/shared-buffers.js';
import { type Answer, accept, HANG_UP, startWireBroker, type WireBroker } from '../support/broker/wire-broker.js';
import { until } from '../support/until.js';

function connectTo(broker: WireBroker, options: IClientOptions = {}): MqttClient & AsyncDisposable {
  const client = connect({
    host: '127.0.0.1',
    port: broker.port,
    protocol: 'mqtt',
    protocolVersion: 5,
    clientId: 'contract',
    clean: false,
    reconnectPeriod: 20,
    reconnectOnConnackError: true,
    resubscribe: false,
    queueQoSZero: false,
    ...options,
  });
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.endAsync(true) });
}

function picture(messageId: number): Packet {
  return { cmd: 'publish', topic: 't', payload: `p${messageId}`, qos: 1, messageId, dup: false, retain: false };
}

/** Resolves when everything that was written before has reached the broker. */
async function flushed(client: MqttClient, broker: WireBroker): Promise<void> {
  const before = broker.ids('pingreq').length;
  client.sendPing();
  await until('the ping', () => broker.ids('pingreq').length > before);
}

function connected(client: MqttClient): Promise<void> {
  return new Promise((resolve) => client.once('connect', () => resolve()));
}

test('handleMessage: a callback with an Error frees the stream and sends no PUBACK', async () => {
  await using broker = await startWireBroker();
  await using client = connectTo(broker);
  const seen: (number | undefined)[] = [];
  client.handleMessage = (packet, done) => {
    seen.push(packet.messageId);
    done(ACKNOWLEDGE_LATER);
  };
  await connected(client);
  broker.send(picture(1), picture(2), picture(3));
  await until('three messages', () => seen.length === 3);
  await flushed(client, broker);
  assert.deepEqual(broker.ids('puback'), []);
});

test('writePuback() sends the PUBACK of a message whose callback had an Error', async () => {
  await using broker = await startWireBroker();
  await using client = connectTo(broker);
  client.handleMessage = (_packet, done) => done(ACKNOWLEDGE_LATER);
  await connected(client);
  writePuback(client.stream, 7, 5);
  await flushed(client, broker);
  assert.deepEqual(broker.ids('puback'), [7]);
});

test('writePuback() to a stream that is gone reaches no later connection', async () => {
  await using broker = await startWireBroker();
  await using client = connectTo(broker);
  await connected(client);
  const old = client.stream;
  broker.drop();
  await connected(client);
  writePuback(old, 7, 5);
  await flushed(client, broker);
  assert.deepEqual(broker.ids('puback'), []);
});

test('handleMessage: while a callback is held no further message comes and a ping still goes out', async () => {
  await using broker = await startWireBroker();
  await using client = connectTo(broker);
  const seen: (number | undefined)[] = [];
  client.handleMessage = (packet) => void seen.push(packet.messageId);
  await connected(client);
  broker.send(picture(1), picture(2));
  await until('a message', () => seen.length > 0);
  await flushed(client, broker);
  assert.deepEqual(seen, [1]);
});

test("'packetreceive' tells of the CONNACK before a message of the same chunk is handled", async () => {
  const resumed: Answer = (packet) => {
    const answers = accept(packet);
    return packet.cmd === 'connect' && answers !== HANG_UP ? [...answers, picture(1)] : answers;
  };
  await using broker = await startWireBroker(resumed);
  await using client = connectTo(broker);
  const order: string[] = [];
  const handled = deferred();
  client.on('packetreceive', (packet) => order.push(packet.cmd));
  client.handleMessage = (_packet, done) => {
    order.push('handled');
    done(ACKNOWLEDGE_LATER);
    handled.resolve();
  };
  await handled.promise;
  assert.deepEqual(order, ['connack', 'publish', 'handled']);
});

test('options that are changed in a reconnect handler apply to that attempt', async () => {
  await using first = await startWireBroker();
  await using second = await startWireBroker();
  await using client = connectTo(first);
  await connected(client);
  client.on('reconnect', () => Object.assign(client.options, { host: '127.0.0.1', port: second.port }));
  first.drop();
  await connected(client);
  assert.equal(second.connections, 1);
});

test('a refused CONNACK is tried again', async () => {
  let attempts = 0;
  await using broker = await startWireBroker((packet) => {
    if (packet.cmd !== 'connect') return accept(packet);
    attempts += 1;
    return attempts === 1 ? [{ cmd: 'connack', sessionPresent: false, reasonCode: 0x88 }] : accept(packet);
  });
  await using client = connectTo(broker);
  await connected(client);
  assert.equal(attempts, 2);
});

test('removeOutgoingMessage() ends a publish that is sent and keeps it from the next connection', async () => {
  await using broker = await startWireBroker();
  await using client = connectTo(broker);
  await connected(client);
  client.publish('t', 'x', { qos: 1 }, () => undefined);
  const messageId = client.getLastMessageId();
  await flushed(client, broker);
  client.once('close', () => client.removeOutgoingMessage(messageId));
  broker.drop();
  await connected(client);
  await flushed(client, broker);
  assert.deepEqual(broker.ids('publish'), [messageId]);
});

test('end() with a publish that is never answered does not end by itself, and its stream can be destroyed', async () => {
  await using broker = await startWireBroker();
  await using client = connectTo(broker);
  await connected(client);
  client.publish('t', 'x', { qos: 1 }, () => undefined);
  let hasEnded = false;
  client.end(false, () => {
    hasEnded = true;
  });
  const closed = new Promise<void>((resolve) => client.once('close', () => resolve()));
  client.stream.destroy();
  await closed;
  assert.equal(hasEnded, false);
});

/** Bytes after the message id of a PUBACK, none of which mqtt-packet would write. */
const PUBACKS: readonly { readonly name: string; readonly rest: readonly number[]; readonly code?: number }[] = [
  { name: '0x01 and the properties of a publisher', rest: [0x01, 10, 0x01, 0x01, 0x26, 0, 1, 0x61, 0, 2, 0x62, 0x63] },
  { name: '0x7f', rest: [0x7f] },
  { name: '0x10 and properties that are none', rest: [0x10, 2, 0xee, 0xee] },
  { name: '0x95', rest: [0x95], code: 0x95 },
  { name: '0xff and a reason string', rest: [0xff, 4, 0x1f, 0, 1, 0x61], code: 0xff },
];

for (const { name, rest, code } of PUBACKS) {
  test(`readAnyReasonCode(): a PUBACK with ${name} ends its publish ${code === undefined ? 'well' : 'with that code'}`, async () => {
    await using broker = await startWireBroker();
    await using client = connectTo(broker);
    readAnyReasonCode();
    const faults: Error[] = [];
    client.on('error', (error) => faults.push(error));
    await connected(client);
    const answered = new Promise<unknown>((resolve) => client.publish('t', 'x', { qos: 1 }, resolve));
    const other = client.publishAsync('t', 'y', { qos: 1 });
    await until('both are sent', () => broker.ids('publish').length === 2);
    const [first = 0, second = 0] = broker.ids('publish');
    broker.sendBytes(Buffer.from([0x40, 2 + rest.length, first >> 8, first & 0xff, ...rest]));
    broker.send({ cmd: 'puback', messageId: second, reasonCode: 0 });
    const error = await answered;
    await other; // the packets behind it are read as before
    assert.deepEqual([reasonCodeOf(error), faults], [code, []]);
  });
}

test('publish() of keptAsItIs() keeps no copy of the payload', async () => {
  const kept: ClientPacket[] = [];
  const outgoingStore = new Store();
  const { put } = outgoingStore;
  outgoingStore.put = (packet, done) => {
    kept.push(packet);
    return put.call(outgoingStore, packet, done);
  };
  await using broker = await startWireBroker();
  await using client = connectTo(broker, { outgoingStore });
  await connected(client);
  const payload = new Uint8Array(100_000).fill(7);
  client.publish('t', keptAsItIs(payload), { qos: 1 });
  await flushed(client, broker);
  const [packet] = kept;
  assert.ok(packet?.cmd === 'publish' && typeof packet.payload === 'object');
  assert.equal(packet.payload.buffer, payload.buffer);
  assert.deepEqual(packet.payload, Buffer.from(payload));
});

test('readWholePackets(): a large message comes whole, in shared memory, and so do those after it', async () => {
  await using broker = await startWireBroker();
  await using client = connectTo(broker, { manualConnect: true });
  readWholePackets(client, { maxPayloadBytes: 1_000_000, memory: createSharedBuffers(0) });
  const payloads: Buffer[] = [];
  client.handleMessage = (packet, done) => {
    payloads.push(packet.payload as Buffer);
    done(ACKNOWLEDGE_LATER);
  };
  client.connect();
  await connected(client);
  const sizes = [300_000, 10, 700_000, 20_000];
  const sent = sizes.map((size, i) => Buffer.alloc(size, i + 1));
  broker.send(...sent.map((payload, i) => ({ ...picture(i + 1), payload }) as Packet));
  await until('all messages', () => payloads.length === sizes.length);
  assert.deepEqual(
    payloads.map(({ buffer }) => buffer instanceof SharedArrayBuffer),
    [true, false, true, true],
  );
  assert.equal(Buffer.compare(Buffer.concat(payloads), Buffer.concat(sent)), 0);
});

test('readWholePackets(): a held stream is not read on, and goes on when it is freed', async () => {
  await using broker = await startWireBroker();
  await using client = connectTo(broker, { manualConnect: true });
  readWholePackets(client, { maxPayloadBytes: 1_000_000, memory: createSharedBuffers(0) });
  const seen: number[] = [];
  const free: (() => void)[] = [];
  client.handleMessage = (packet, done) => {
    seen.push(packet.messageId ?? 0);
    free.push(() => done(ACKNOWLEDGE_LATER));
  };
  client.connect();
  await connected(client);
  broker.send(...[1, 2, 3, 4].map((id) => ({ ...picture(id), payload: Buffer.alloc(500_000, id) }) as Packet));
  for (const id of [1, 2, 3, 4]) {
    await until(`message ${id}`, () => seen.length === id);
    assert.deepEqual(seen, [1, 2, 3, 4].slice(0, id));
    free.shift()?.();
  }
});
