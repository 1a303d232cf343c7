import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MqttClient } from 'mqtt';
import { createHealthMessages } from '../../../src/service/health-messages.js';
import { until } from '../../support/until.js';

const MESSAGE = { topic: 'health', payload: Buffer.from('{}'), qos: 0, user: [] } as const;
const client = {} as MqttClient;

test('createHealthMessages() gives up where each message ends the connection, and says so once', async () => {
  const warnings: string[] = [];
  const quiet = { debug: () => undefined, info: () => undefined, error: () => undefined };
  const log = { ...quiet, warn: (_fields: unknown, message: string) => void warnings.push(message) };
  const health = createHealthMessages(() => MESSAGE, log, { intervalMs: 1, answerMs: 60_000 });
  let published = 0;
  health.start(async () => {
    published += 1;
    health.onClosed?.();
    void health.onProved?.(client);
  });
  void health.onProved?.(client);
  const pending = setInterval(() => undefined, 1000); // its own timers let the process end
  await until('it gives up', () => warnings.length > 0);
  health.stop();
  clearInterval(pending);
  assert.deepEqual([published, warnings.length], [3, 1]);
});
