import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

/** A thread of it is in native code that nobody can cut, and keeps the process alive until that returns. */
const PROGRAM = `
import { Worker } from 'node:worker_threads';
import { leaveAtOnce } from ${JSON.stringify(new URL('../../src/std/leave-at-once.js', import.meta.url).href)};
process.on('exit', (code) => console.log('heard', code));
const thread = new Worker(\`
  const koffi = require('koffi');
  const sleep = koffi.load(null).func('int sleep(uint seconds)');
  require('node:worker_threads').parentPort.postMessage('asleep');
  sleep(600);
\`, { eval: true, execArgv: [] });
thread.once('message', () => setImmediate(() => leaveAtOnce(143)));
`;

test('leaveAtOnce() tells listeners and ends the process with its code, whatever its threads are in', () => {
  const { status, signal, stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', PROGRAM], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  assert.deepEqual([status, signal, stdout], [143, null, 'heard 143\n']);
});
