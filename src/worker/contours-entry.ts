/**
 * The thread that counts contours for all workers: OpenCV's WebAssembly takes much memory in a thread and little time for a
 * mask, so one is enough. Masks are in shared memory: nothing is copied.
 */
import { type MessagePort, parentPort } from 'node:worker_threads';
import { toServiceError } from '../errors.js';
import { createOpenCv } from '../imaging/opencv.js';
import { type ContoursReply, type ContoursRequest, toWire } from './protocol.js';

if (!parentPort) throw new Error('contours-entry is for worker threads');
const opencv = createOpenCv();

// Each message is the port of one more worker.
parentPort.on('message', (port: MessagePort) => {
  port.on('message', ({ mask, width, height }: ContoursRequest) => port.postMessage(count(mask, width, height)));
});

function count(mask: Uint8Array, width: number, height: number): ContoursReply {
  try {
    return { count: opencv.countContours(mask, width, height) };
  } catch (error) {
    return { error: toWire(toServiceError(error, 'ERR_INFERENCE')) };
  }
}
