import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { startProgressBar } from '../../../src/std/progress-bar.js';

test('a bar leaves the wrapping of lines to the terminal', () => {
  let written = '';
  const stream = new Writable({
    write(chunk, _encoding, done) {
      written += String(chunk);
      done();
    },
  });
  const bar = startProgressBar(Object.assign(stream, { isTTY: true, columns: 80 }), 2, '{bar} {value}');
  bar?.add(1);
  bar?.stop();
  assert.ok(written.length > 0);
  assert.ok(!written.includes('\u001b[?7l'), 'it turns wrapping off');
});
