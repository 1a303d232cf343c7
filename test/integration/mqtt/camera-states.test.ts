/** What would go wrong: states of cameras that the broker does not keep, or that cost the connection of a broker that keeps none. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCameraStates } from '../../../src/service/camera-states.js';
import { createPeriodicMessages } from '../../../src/service/periodic-messages.js';
import { createCameras } from '../../../src/telemetry/cameras.js';
import { brokerMissing, startBroker } from '../../support/broker/broker.js';
import { collect } from '../../support/broker/client.js';
import { startSink } from '../../support/broker/mqtt-parts.js';
import { until } from '../../support/until.js';

const mosquitto = { skip: brokerMissing };
const TOPIC = 'flawline/flawline/camera/+/state';
const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** A sink that tells the state of one camera as soon as its connection has proved to work. */
function startTelling(url: string) {
  const cameras = createCameras({ max: 2, nowMs: Date.now });
  const states = createCameraStates({ lines: cameras.lines, clientId: 'flawline', nowMs: Date.now });
  const periodic = createPeriodicMessages(states.due, quiet, { what: 'these', key: 'these', intervalMs: 1 });
  const sink = startSink(url, {}, { companions: [periodic] });
  cameras.inspected('left', { isDefective: false, endToEndMs: 1 });
  periodic.start(({ topic, payload, qos, ...properties }) => sink.sink.publish(topic, payload, { qos, properties }));
  return { periodic, sink };
}

test('the broker keeps the state of a camera for who subscribes later', mosquitto, async () => {
  await using broker = await startBroker();
  const { periodic, sink } = startTelling(broker.url);
  await using _open = sink;
  await using early = await collect(broker.url, TOPIC);
  await early.count(1);
  periodic.stop();
  await using late = await collect(broker.url, TOPIC);
  await late.count(1);
  assert.deepEqual(
    late.messages.map(({ topic, retain }) => [topic, retain]),
    [['flawline/flawline/camera/left/state', true]],
  );
});

test('a broker that keeps no messages gets them unretained, on the same connection', mosquitto, async () => {
  await using broker = await startBroker({ config: ['retain_available false'] });
  await using states = await collect(broker.url, TOPIC);
  const { periodic, sink } = startTelling(broker.url);
  await using _open = sink;
  await states.count(1);
  periodic.stop();
  await until('it is settled', () => /"state":"active"/.test(states.texts()[0] ?? ''));
  assert.equal(sink.observer.count('connected sink false'), 0);
});
