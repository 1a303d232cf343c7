import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPausePing } from '../../../../src/mqtt/client-internals/pause-ping.js';

test('createPausePing() does not compare the bytes of one connection with those of another', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const newStream = () => ({ bytesRead: 4, readableLength: 0, read: () => null });
  let pings = 0;
  const client = {
    connected: true,
    keepalive: 10,
    stream: newStream(),
    reschedulePing: () => undefined,
    sendPing() {
      pings += 1;
      client.stream = newStream(); // the broker ends it, and has sent as much on the next one
    },
  };
  createPausePing(client, () => assert.fail('it is not dead'))(true);
  t.mock.timers.tick(20_000);
  assert.equal(pings, 5);
});
