/** Counting contours as a worker sees it: by the thread that all workers share, or by an OpenCV of its own. */
import type { MessagePort } from 'node:worker_threads';
import { createOpenCv, type OpenCv } from '../imaging/opencv.js';
import { type ContoursReply, type ContoursRequest, fromWire } from './protocol.js';

export interface Contours {
  /**
   * Contours of a mask of 0 and 255, holes included; one call at a time, and the mask must stay as it is until then.
   * @throws {ServiceError} ERR_INFERENCE when OpenCV fails
   */
  count(mask: Uint8Array, width: number, height: number): Promise<number>;
  close(): void;
}

/** A mask takes under a millisecond: a thread that is silent for so long is given up. */
const SILENCE_MS = 5_000;

/**
 * @param port to the shared thread; when there is none, or the thread dies or hangs, OpenCV is loaded into this one: the
 * pictures must go on
 */
export function createContours(port: MessagePort | undefined): Contours {
  let own: OpenCv | undefined;
  let shared = port;
  let settle: ((reply: ContoursReply | undefined) => void) | undefined;

  function giveUp(): void {
    shared?.close();
    shared = undefined;
    settle?.(undefined);
  }

  port?.on('message', (reply: ContoursReply) => settle?.(reply));
  port?.on('close', giveUp);
  // Waiting for an answer must not keep a thread alive that was told to stop.
  port?.unref();

  /** Undefined: nobody answers. */
  function ask(thread: MessagePort, request: ContoursRequest): Promise<ContoursReply | undefined> {
    return new Promise((resolve) => {
      const silence = setTimeout(giveUp, SILENCE_MS);
      settle = (reply) => {
        settle = undefined;
        clearTimeout(silence);
        resolve(reply);
      };
      thread.postMessage(request);
    });
  }

  return {
    async count(mask, width, height) {
      const reply = shared && (await ask(shared, { mask, width, height }));
      if (reply !== undefined && 'count' in reply) return reply.count;
      if (reply !== undefined) throw fromWire(reply.error);
      own ??= createOpenCv();
      return own.countContours(mask, width, height);
    },
    close() {
      shared?.close();
      own?.close();
    },
  };
}
