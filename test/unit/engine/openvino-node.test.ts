import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { tidyMessage } from '../../../src/engine/engine.js';
import { loadAddon } from '../../../src/engine/openvino-node/engine.js';
import { selectInput } from '../../../src/engine/ports.js';

describe('openvino-node', () => {
  it('says with the dynamic loader’s words what to do when the native part does not load', () => {
    const load = () => {
      throw new Error('libopenvino.so.2640: cannot open shared object file\n');
    };
    assert.throws(() => loadAddon(load), {
      code: 'ERR_RUNTIME_LOAD',
      message:
        /^Cannot load openvino-node as .*: libopenvino\.so\.2640: cannot .*file\. Get it anew: npm rebuild openvino-node/,
    });
  });

  it('leaves OpenVINO’s source lines out', () => {
    const message =
      "Exception from src/inference/src/cpp/core.cpp:117:\nCheck 'false' failed at src/frontends/ir.cpp:5:\nThe sentence.\n";
    assert.equal(tidyMessage(message), 'The sentence.');
  });

  it('refuses an input of which it knows the shape alone without making up a name and a type', () => {
    const port = { name: undefined, elementType: undefined, dimensions: [1, 3, -1, -1] };
    assert.throws(() => selectInput([port]), { message: /: it has \[1,3,\?,\?\], whose dimension 2 is dynamic/ });
  });
});
