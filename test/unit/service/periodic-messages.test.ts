import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MqttClient } from 'mqtt';
import { createPeriodicMessages } from '../../../src/service/periodic-messages.js';
import { until } from '../../support/until.js';

const MESSAGE = { topic: 'health', payload: Buffer.from('{}'), qos: 0, user: [] } as const;
const OPTIONS = { what: 'these', key: 'these.enabled', intervalMs: 1 };
const client = {} as MqttClient;

test('createPeriodicMessages() gives up where each message ends the connection, and says so once', async () => {
  const warnings: string[] = [];
  const quiet = { debug: () => undefined, info: () => undefined, error: () => undefined };
  const log = { ...quiet, warn: (_fields: unknown, message: string) => void warnings.push(message) };
  const health = createPeriodicMessages(() => [MESSAGE], log, { ...OPTIONS, answerMs: 60_000 });
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
