/**
 * A thread that counts the contours of a self-test's masks with OpenCV and ends: its WebAssembly takes much memory, which
 * nothing needs in between.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { createOpenCv } from '../imaging/opencv.js';
import { toServiceError } from '../std/errors.js';
import { toWire } from '../std/wire-error.js';
import type { CountedMasks, RecountReply } from './protocol/worker.js';

if (!parentPort) throw new Error('recount-entry is for worker threads');
const { masks, width, height } = workerData as CountedMasks;

let reply: RecountReply;
try {
  const opencv = createOpenCv();
  reply = { type: 'recounted', contours: masks.map(({ mask }) => opencv.countContours(mask, width, height)) };
} catch (error) {
  reply = { type: 'not-recounted', error: toWire(toServiceError(error, 'ERR_SELF_TEST')) };
}
parentPort.postMessage(reply);
