/** What would go wrong: a service that takes longer to come back than `verify` has patience is reported to lose pictures. */
import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { MqttClient } from 'mqtt';
import { exchange } from '../../../../src/cli/verify/round-trip.js';
import { recordedIo } from '../../../support/service/command-io.js';
import { loadWith } from '../../../support/service/config-folder.js';

const COUNT = 4;
const PATIENCE_MS = 150;

/** A broker and a service in one: answers the first half at once, and the rest when it is told to. */
function answering() {
  const client = new EventEmitter();
  const waiting: string[] = [];
  let published = 0;
  const answer = (id: string) => client.emit('message', 'ekuiper/defect', Buffer.from(JSON.stringify({ id })), {});
  return {
    client: Object.assign(client, {
      subscribeAsync: () => Promise.resolve([]),
      publishAsync(_topic: string, payload: string) {
        const { id } = JSON.parse(payload) as { id: string };
        published += 1;
        if (published <= COUNT / 2) answer(id);
        else waiting.push(id);
        return Promise.resolve();
      },
    }) as unknown as MqttClient,
    answerRest() {
      for (const id of waiting.splice(0)) answer(id);
    },
  };
}

test('exchange() does not lose patience while the service is being struck', async () => {
  const { client, answerRest } = answering();
  const { config } = loadWith();
  const seen = await exchange(
    {
      ...{ client, collector: client, config, topic: 'openvino_demo', count: COUNT, patienceMs: PATIENCE_MS },
      async onHalf() {
        await delay(4 * PATIENCE_MS);
        setImmediate(answerRest);
      },
    },
    recordedIo(),
  );
  assert.deepEqual([seen.acknowledged.size, seen.answered.size], [COUNT, COUNT]);
});

test('exchange() gives up when nothing comes any more', async () => {
  const { client } = answering();
  const { config } = loadWith();
  const options = { client, collector: client, config, topic: 'openvino_demo', count: COUNT, patienceMs: PATIENCE_MS };
  const seen = await exchange(options, recordedIo());
  assert.deepEqual([seen.acknowledged.size, seen.answered.size], [COUNT, COUNT / 2]);
});
