#!/bin/sh
# The NATS server grants a shared subscription over MQTT and never delivers anything to it.
#
# Its MQTT is version 3.1.1, where $share is no reserved word, so "$share/GROUP/FILTER" is a topic filter like any other: the SUBACK says
# granted at QoS 1, and it matches nothing that is published to FILTER. One would guess that a broker without shared subscriptions
# refuses them. Nothing tells the subscriber; a service that is "subscribed" receives nothing for ever.
#
# Seen with nats-server 2.15.3 (Go 1.26.8) and mqtt 5.16.0 on Node 20.20.2:
#   plain: granted 1, received 3 of 3; $share: granted 1, received 0 of 3
set -eu
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$work"' EXIT INT TERM
cd "$work"
GOPATH="$work/go" GOCACHE="$work/cache" GOFLAGS='-modcacherw' GOTOOLCHAIN=local \
  go install github.com/nats-io/nats-server/v2@v2.15.3 2>go.txt || { cat go.txt >&2; exit 1; }
npm init -y >/dev/null
npm install --silent --no-audit --no-fund mqtt@5.16.0
port=$(node -e "const s = require('net').createServer().listen(0, '127.0.0.1', () => { console.log(s.address().port); s.close(); })")
clients=$(node -e "const s = require('net').createServer().listen(0, '127.0.0.1', () => { console.log(s.address().port); s.close(); })")
cat >nats.conf <<CONF
server_name: "found"
listen: "127.0.0.1:$clients"
jetstream { store_dir: "$work/store" }
mqtt { listen: "127.0.0.1:$port" }
CONF
"$work/go/bin/nats-server" -c nats.conf >nats.log 2>&1 &
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
const client = await mqtt.connectAsync(url, { protocolVersion: 4, clientId: 'reader', clean: true });
const publisher = await mqtt.connectAsync(url, { protocolVersion: 4, clientId: 'writer', clean: true });

/** What the broker grants, and how many of three messages come until the last of a plain subscription has come. */
async function receives(filter, topic) {
  const came = [];
  const note = (name) => came.push(name);
  client.on('message', note);
  const [{ qos }] = await client.subscribeAsync(filter, { qos: 1 });
  await client.subscribeAsync('end', { qos: 1 });
  for (let n = 0; n < 3; n += 1) await publisher.publishAsync(topic, `${n}`, { qos: 1 });
  await publisher.publishAsync('end', '', { qos: 1 });
  while (!came.includes('end')) await new Promise((resolve) => setTimeout(resolve, 20));
  await new Promise((resolve) => setTimeout(resolve, 1000));
  client.off('message', note);
  return { granted: qos, received: came.filter((name) => name === topic).length };
}

const plain = await receives('line/1', 'line/1');
const shared = await receives('$share/workers/line/2', 'line/2');
client.end(true);
publisher.end(true);
console.log('plain', plain);
console.log('$share', shared);
if (plain.received !== 3 || shared.granted !== 1 || shared.received !== 0) {
  console.error('The NATS server treats shared subscriptions differently now.');
  process.exit(1);
}
JS
timeout 120 node run.mjs "$port" || { tail -5 nats.log >&2; exit 1; }
