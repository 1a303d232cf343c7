/** What would go wrong: a watcher of the broker who is not told that a camera fell silent, or of a name that is gone for ever. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCameraStates } from '../../../src/service/camera-states.js';
import { createCameras } from '../../../src/telemetry/cameras.js';

function setUp(max = 10) {
  const clock = { nowMs: Date.UTC(2026, 0, 2, 3, 4, 5) };
  const nowMs = () => clock.nowMs;
  const cameras = createCameras({ max, nowMs });
  const states = createCameraStates({ lines: cameras.lines, clientId: 'id', nowMs });
  const due = () => states.due().map(({ topic, payload }) => [topic, Buffer.from(payload).toString()] as const);
  const inspect = (camera: string) => cameras.inspected(camera, { isDefective: true, endToEndMs: 12.51 });
  return { clock, cameras, states, due, inspect };
}

test('due() has a retained message a camera, with what its line says', () => {
  const { cameras, states, inspect } = setUp();
  inspect('left');
  cameras.deadLettered('left', 'ERR_IMAGE_DECODE');
  const [message, ...others] = states.due();
  assert.deepEqual(
    [message?.topic, message?.retain, message?.qos, others],
    ['flawline/id/camera/left/state', true, 0, []],
  );
  assert.deepEqual(JSON.parse(String(message?.payload)), {
    camera: 'left',
    pictures: 1,
    defective: 1,
    deadLetters: 1,
    perMinute: 1,
    medianMs: 12.5,
    state: 'active',
    lastSeen: '2026-01-02T03:04:05.000Z',
    lastError: { code: 'ERR_IMAGE_DECODE', at: '2026-01-02T03:04:05.000Z' },
  });
});

test('due() has only those that sent something since, and each once that fell silent', () => {
  const { clock, due, inspect } = setUp();
  inspect('a');
  inspect('b');
  assert.equal(due().length, 2);
  assert.equal(due().length, 0);
  clock.nowMs += 40_000;
  inspect('a');
  assert.deepEqual(
    due().map(([topic]) => topic),
    ['flawline/id/camera/a/state'],
  );
  clock.nowMs += 30_000;
  const [silent, ...others] = due();
  assert.deepEqual([silent?.[0], others], ['flawline/id/camera/b/state', []]);
  assert.match(silent?.[1] ?? '', /"state":"silent"/);
  assert.equal(due().length, 0);
});

test('due() takes back the message of a camera that is counted with the others', () => {
  const { due, inspect } = setUp(1);
  inspect('a');
  due();
  inspect('b');
  const told = new Map(due());
  assert.equal(told.get('flawline/id/camera/a/state'), '');
  assert.deepEqual([...told.keys()].toSorted().slice(1), [
    'flawline/id/camera/b/state',
    'flawline/id/camera/other/state',
  ]);
});

test('takeBack() empties every message that was told', () => {
  const { states, due, inspect } = setUp();
  inspect('a');
  due();
  const back = states.takeBack();
  assert.deepEqual(
    back.map(({ topic, payload, retain }) => [topic, payload.byteLength, retain]),
    [['flawline/id/camera/a/state', 0, true]],
  );
});
