/** A log that cannot be written. What would go wrong: the service hangs, or ends, for the sake of a line. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, openSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';

const LOGGER = new URL('../../src/telemetry/logger.js', import.meta.url).href;
/** 80 MB of lines in a heap of 40. */
const PROGRAM = `
  import { createLogger } from ${JSON.stringify(LOGGER)};
  import { setImmediate } from 'node:timers/promises';
  const log = createLogger({ level: 'info', secrets: [] });
  for (let n = 0; n < 20_000; n += 1) {
    log.info({}, 'x'.repeat(4000));
    if (n % 100 === 0) await setImmediate();
  }
  console.error('done');
`;
const FULL = '/dev/full';

test('createLogger() loses lines on a full disk, not the process and its memory', {
  skip: !existsSync(FULL) && `there is no ${FULL} here`,
}, async () => {
  const args = ['--max-old-space-size=40', '--input-type=module', '--eval', PROGRAM];
  const child = spawn(process.execPath, args, { stdio: ['ignore', openSync(FULL, 'w'), 'pipe'] });
  assert.ok(child.stderr);
  const said = text(child.stderr);
  const ended = once(child, 'exit');
  const [code] = await Promise.race([ended, delay(30_000, ['it hangs'], { ref: false })]);
  child.kill('SIGKILL');
  assert.deepEqual([code, await said], [0, 'done\n']);
});
