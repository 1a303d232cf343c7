#!/bin/sh
# MQTT.js does not keep to the limits that an MQTT 5 broker sets in its CONNACK.
#
# A broker says how many unacknowledged PUBLISH packets it takes at a time (Receive Maximum) and how large a packet may be (Maximum Packet
# Size); a client must not go beyond either (MQTT 5, 3.3.4 and 3.2.2.3.6). One would guess that a client library holds publishes back
# and refuses a packet that is too large. MQTT.js sends everything at once: whoever publishes with it counts and measures for himself,
# as a broker may close the connection over either (reasons 0x93 and 0x95).
#
# Seen with mqtt 5.16.0 and mqtt-packet 9.0.2 on Node 20.20.2:
#   Receive Maximum 2: 20 publishes unacknowledged at a time; Maximum Packet Size 1000: a publish of 5000 bytes is sent
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund mqtt@5.16.0 mqtt-packet@9.0.2
cat >run.mjs <<'JS'
import { createServer } from 'node:net';
import mqtt from 'mqtt';
import { generate, parser } from 'mqtt-packet';

const V5 = { protocolVersion: 5 };
const PUBLISHES = 20;
let unacknowledged = [];
let most = 0;
let largest = 0;

// A broker that sets its limits, and acknowledges when no further publish has come for 200 ms.
const server = createServer((socket) => {
  const packets = parser(V5);
  socket.on('data', (data) => packets.parse(data));
  let quiet;
  packets.on('packet', (packet) => {
    if (packet.cmd === 'connect') {
      const properties = { receiveMaximum: 2, maximumPacketSize: 1000 };
      socket.write(generate({ cmd: 'connack', reasonCode: 0, sessionPresent: false, properties }, V5));
    }
    if (packet.cmd !== 'publish') return;
    unacknowledged.push(packet.messageId);
    most = Math.max(most, unacknowledged.length);
    largest = Math.max(largest, packet.payload.length);
    clearTimeout(quiet);
    quiet = setTimeout(() => {
      for (const messageId of unacknowledged) socket.write(generate({ cmd: 'puback', messageId, reasonCode: 0 }, V5));
      unacknowledged = [];
    }, 200);
  });
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${server.address().port}`, { ...V5, reconnectPeriod: 0 });
await Promise.all(Array.from({ length: PUBLISHES }, () => client.publishAsync('t', 'x', { qos: 1 })));
await client.publishAsync('t', Buffer.alloc(5000), { qos: 1 });
client.end(true);
server.close();
console.log(`Receive Maximum 2: ${most} publishes unacknowledged at a time`);
console.log(`Maximum Packet Size 1000: a payload of ${largest} bytes arrived`);
if (most !== PUBLISHES || largest !== 5000) {
  console.error('MQTT.js keeps to a limit that it did not keep to.');
  process.exit(1);
}
JS
node run.mjs
