#!/bin/sh
# mochi answers a QoS 1 publish that has a user property with reason code 0x01, for which MQTT.js has only an `error` event.
#
# A PUBACK may have 0x00 (success), 0x10 (no matching subscribers) or an error from 0x80 on. mochi sends 0x01 for a message that it has
# accepted, and only when the publish has properties: the first tries without any look well. MQTT.js emits "Invalid puback reason code"; one
# would guess that publishAsync() then rejects, or that the connection is closed and the message sent again. Neither happens: the promise
# stays as it is, `connected` stays true. Who publishes to such a broker uses MQTT 3.1.1, or ends the connection himself when he sees that
# error.
#
# Seen with github.com/mochi-mqtt/server 2.7.9 (Go 1.26.8), mqtt 5.16.0 on Node 20.20.2, two seconds after the publish:
#   MQTT 5:     {"errors":["Invalid puback reason code"],"publish":"neither","connected":true}
#   MQTT 3.1.1: {"errors":[],"publish":"resolved","connected":true}
set -eu
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$work"' EXIT INT TERM
cd "$work"
GOPATH="$work/go" GOCACHE="$work/cache" GOFLAGS='-modcacherw' GOTOOLCHAIN=local \
  go install github.com/mochi-mqtt/server/v2/cmd@v2.7.9 2>go.txt || { cat go.txt >&2; exit 1; }
npm init -y >/dev/null
npm install --silent --no-audit --no-fund mqtt@5.16.0
port() { node -e "const s = require('net').createServer().listen(0, '127.0.0.1', () => { console.log(s.address().port); s.close(); })"; }
port=$(port)
"$work/go/bin/cmd" -tcp "127.0.0.1:$port" -ws "127.0.0.1:$(port)" -info "127.0.0.1:$(port)" >mochi.log 2>&1 &
server=$!
cat >run.mjs <<'JS'
import { connect } from 'node:net';
import mqtt from 'mqtt';

// The server has just been started: wait until it listens.
for (let listens = false; !listens; ) {
  const socket = connect(Number(process.argv[2]), '127.0.0.1');
  listens = await new Promise((resolve) => socket.once('connect', () => resolve(true)).once('error', () => setTimeout(resolve, 100, false)));
  socket.destroy();
}
const url = `mqtt://127.0.0.1:${process.argv[2]}`;

async function publish(protocolVersion) {
  const client = await mqtt.connectAsync(url, { protocolVersion, reconnectPeriod: 0 });
  const errors = [];
  client.on('error', ({ message }) => errors.push(message));
  let publish = 'neither';
  const properties = protocolVersion === 5 ? { userProperties: { line: '3' } } : undefined;
  client.publishAsync('t', 'x', { qos: 1, properties }).then(
    () => {
      publish = 'resolved';
    },
    () => {
      publish = 'rejected';
    },
  );
  await new Promise((resolve) => setTimeout(resolve, 2000));
  const { connected } = client;
  client.removeAllListeners().on('error', () => undefined).end(true);
  return JSON.stringify({ errors, publish, connected });
}

const five = await publish(5);
const four = await publish(4);
console.log(`MQTT 5:     ${five}`);
console.log(`MQTT 3.1.1: ${four}`);
if (five !== '{"errors":["Invalid puback reason code"],"publish":"neither","connected":true}' || !four.includes('"resolved"')) {
  console.error('The two get on differently now.');
  process.exit(1);
}
process.exit();
JS
timeout 120 node run.mjs "$port" || { tail -5 mochi.log >&2; exit 1; }
