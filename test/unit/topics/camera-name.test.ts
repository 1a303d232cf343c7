import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cameraFieldOf, cameraNameIn, createCameraName, isCameraBy } from '../../../src/topics/camera-name.js';

test('createCameraName() takes the topic, a level of it, or a user property', () => {
  const user = [['camera', 'left']] as const;
  assert.equal(createCameraName('topic')?.('line/1/camera', user), 'line_1_camera');
  assert.equal(createCameraName('topic[1]')?.('line/1/camera', user), '1');
  assert.equal(createCameraName('props.camera')?.('line/1/camera', user), 'left');
});

test('createCameraName() has no name where the message does not say', () => {
  assert.equal(createCameraName('topic[5]')?.('line/1', []), undefined);
  assert.equal(createCameraName('topic[0]')?.('/line', []), undefined);
  assert.equal(createCameraName('props.camera')?.('line/1', []), undefined);
});

test('createCameraName() makes names fit for a label and a topic', () => {
  assert.equal(createCameraName('props.c')?.('t', [['c', 'a/b+#\n']]), 'a_b___');
  assert.equal(createCameraName('props.c')?.('t', [['c', 'x'.repeat(100)]])?.length, 64);
});

test('isCameraBy() tells the ways from anything else', () => {
  for (const by of ['off', 'topic', 'topic[0]', 'props.camera', 'msg.camera']) assert.ok(isCameraBy(by), by);
  for (const by of ['', 'on', 'topic[x]', 'topic[]', 'props.', 'msg.', 'payload.camera'])
    assert.ok(!isCameraBy(by), by);
});

test('cameraNameIn() takes a text or a number of the message, and nothing else', () => {
  assert.equal(cameraFieldOf('msg.camera'), 'camera');
  assert.equal(cameraFieldOf('props.camera'), undefined);
  const names = ['left/1', 7, true, null, { a: 1 }, ''].map((camera) => cameraNameIn({ camera }, 'camera'));
  assert.deepEqual(names, ['left_1', '7', undefined, undefined, undefined, undefined]);
  assert.equal(cameraNameIn({}, 'constructor'), undefined);
});
