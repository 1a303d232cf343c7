import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CameraLine, createCameras } from '../../../src/telemetry/cameras.js';

function setUp(max = 3) {
  const clock = { nowMs: 1_000_000 };
  const cameras = createCameras({ max, nowMs: () => clock.nowMs });
  const line = (camera: string): CameraLine | undefined => cameras.lines().find((each) => each.camera === camera);
  const inspect = (camera: string, isDefective = false, endToEndMs = 10) =>
    cameras.inspected(camera, { isDefective, endToEndMs });
  return { clock, cameras, line, inspect };
}

test('Cameras counts pictures, those with defects, and dead letters by camera', () => {
  const { cameras, line, inspect } = setUp();
  inspect('a', true);
  inspect('a');
  cameras.deadLettered('b', 'ERR_IMAGE_DECODE');
  assert.deepEqual([line('a')?.pictures, line('a')?.defective, line('a')?.deadLetters], [2, 1, 0]);
  assert.deepEqual([line('b')?.pictures, line('b')?.deadLetters], [0, 1]);
  assert.equal(line('b')?.lastError?.code, 'ERR_IMAGE_DECODE');
  assert.equal(line('b')?.medianMs, undefined);
});

test('Cameras says when a camera was last seen, also with a dead letter', () => {
  const { clock, cameras, line, inspect } = setUp();
  inspect('a');
  clock.nowMs += 5000;
  cameras.deadLettered('a', 'ERR_IMAGE_DECODE');
  assert.equal(line('a')?.lastSeenAtMs, clock.nowMs);
});

test('Cameras counts the pictures of the last minute', () => {
  const { clock, line, inspect } = setUp();
  for (let n = 0; n < 6; n += 1) {
    inspect('a');
    clock.nowMs += 10_000;
  }
  assert.equal(line('a')?.perMinute, 5);
  clock.nowMs += 60_000;
  assert.equal(line('a')?.perMinute, 0);
});

test('Cameras has the median latency of the last pictures', () => {
  const { line, inspect } = setUp();
  for (const ms of [30, 10, 20]) inspect('a', false, ms);
  assert.equal(line('a')?.medianMs, 20);
  for (let n = 0; n < 32; n += 1) inspect('a', false, 100);
  assert.equal(line('a')?.medianMs, 100);
});

test('Cameras counts those together that were not seen for the longest time, and loses no count', () => {
  const { cameras, line, inspect } = setUp(2);
  inspect('a', true);
  inspect('b');
  inspect('a');
  inspect('c');
  assert.deepEqual(
    cameras.lines().map(({ camera }) => camera),
    ['a', 'c', 'other'],
  );
  assert.equal(line('other')?.pictures, 1);
  for (let n = 0; n < 1000; n += 1) inspect(`x${n}`);
  assert.equal(cameras.lines().length, 3);
  assert.equal(
    cameras.lines().reduce((sum, { pictures }) => sum + pictures, 0),
    1004,
  );
});
