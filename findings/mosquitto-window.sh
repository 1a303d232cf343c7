#!/bin/sh
# mosquitto 2.0.11 sends more unacknowledged messages than the subscriber's Receive Maximum allows.
#
# A subscriber with Receive Maximum 6 (MQTT 5) or a broker's own max_inflight_messages 20 (3.1.1) should have at most that many QoS 1 messages
# unacknowledged. At first it has. But each single PUBACK lets mosquitto fill a further window, so that the number grows with
# every acknowledgement. A subscriber that acknowledges late, after its work, bounds what it takes by not reading, never by this number.
#
# Seen with mosquitto 2.0.11 of Debian 12, mqtt-packet 9.0.2 on Node 20.20.2, 200 messages waiting, one PUBACK at a time:
#   Receive Maximum 6: unacknowledged 6, then 11, 16, 21 after one, two, three PUBACKs
#   3.1.1: unacknowledged 20, then 39, 58, 77
set -eu
work=$(mktemp -d)
broker=
trap '[ -z "$broker" ] || kill "$broker" 2>/dev/null || true; rm -rf "$work"' EXIT INT TERM
cd "$work"
version=$(apt-cache madison mosquitto | awk '$3 ~ /^2\.0\.11-/ { print $3; exit }')
[ -n "$version" ] || { echo 'This needs mosquitto 2.0.11, the package of Debian 12.' >&2; exit 1; }
for name in mosquitto libmosquitto1 libwebsockets17 libcjson1 libdlt2 libev4 libuv1; do
  [ "$name" = mosquitto ] && name="mosquitto=$version"
  apt-get download "$name" >/dev/null 2>&1 || true
done
for package in *.deb; do dpkg-deb -x "$package" unpacked; done
export LD_LIBRARY_PATH="$work/unpacked/usr/lib/x86_64-linux-gnu:$work/unpacked/lib/x86_64-linux-gnu:$work/unpacked/usr/lib"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund mqtt-packet@9.0.2
port=$(node -e "const s = require('net').createServer().listen(0, '127.0.0.1', () => { console.log(s.address().port); s.close(); })")
cat >mosquitto.conf <<CONF
listener $port 127.0.0.1
allow_anonymous true
max_queued_messages 0
set_tcp_nodelay true
log_dest none
$([ "$(id -u)" -ne 0 ] || echo 'user root')
CONF
unpacked/usr/sbin/mosquitto -h | head -1
unpacked/usr/sbin/mosquitto -c mosquitto.conf &
broker=$!
cat >run.mjs <<'JS'
import { once } from 'node:events';
import { connect } from 'node:net';
import { generate, parser } from 'mqtt-packet';

const port = Number(process.argv[2]);
const MESSAGES = 200;

async function open(protocolVersion, clientId, properties) {
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    if (await once(socket, 'connect').then(() => true, () => false)) {
      const packets = parser({ protocolVersion }).setMaxListeners(0);
      socket.on('data', (data) => packets.parse(data));
      const send = (packet) => socket.write(generate(packet, { protocolVersion }));
      send({ cmd: 'connect', protocolId: 'MQTT', protocolVersion, clean: true, clientId, keepalive: 0, ...(properties && { properties }) });
      await answer(packets, 'connack');
      return { socket, packets, send };
    }
  }
}

const answer = (packets, cmd) =>
  new Promise((resolve) => packets.on('packet', (packet) => packet.cmd === cmd && resolve(packet)));

/** How many are unacknowledged at first, and after each of three PUBACKs. */
async function window(protocolVersion, properties) {
  const subscriber = await open(protocolVersion, 'subscriber', properties);
  const unacknowledged = [];
  subscriber.packets.on('packet', ({ cmd, messageId }) => cmd === 'publish' && unacknowledged.push(messageId));
  subscriber.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 't', qos: 1 }] });
  await answer(subscriber.packets, 'suback');
  const publisher = await open(protocolVersion, 'publisher');
  for (let messageId = 1; messageId <= MESSAGES; messageId += 1) {
    const acknowledged = answer(publisher.packets, 'puback');
    publisher.send({ cmd: 'publish', topic: 't', payload: 'x', qos: 1, messageId, dup: false, retain: false });
    await acknowledged;
  }
  const counts = [];
  for (let time = 0; time < 4; time += 1) {
    await new Promise((resolve) => setTimeout(resolve, 500)); // nothing tells that no more will come
    counts.push(unacknowledged.length);
    subscriber.send({ cmd: 'puback', messageId: unacknowledged.shift(), ...(protocolVersion === 5 && { reasonCode: 0 }) });
  }
  publisher.socket.destroy();
  subscriber.socket.destroy();
  return counts.join(', ');
}

const five = await window(5, { receiveMaximum: 6 });
const four = await window(4);
console.log(`MQTT 5, Receive Maximum 6: ${five}`);
console.log(`MQTT 3.1.1, window 20: ${four}`);
if (five !== '6, 11, 16, 21' || four !== '20, 39, 58, 77') {
  console.error('mosquitto fills its window differently now.');
  process.exit(1);
}
JS
timeout 120 node run.mjs "$port"
