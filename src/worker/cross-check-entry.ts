/**
 * A thread that counts the contours of a self-test's masks with OpenCV and ends: its WebAssembly takes much memory, which
 * nothing needs in between.
 */
import { createOpenCv } from '../imaging/opencv.js';
import { answerOnce } from '../std/one-shot-thread.js';
import type { CountedMasks } from './protocol/one-shot.js';

answerOnce(({ masks, width, height }: CountedMasks): readonly number[] => {
  const opencv = createOpenCv();
  return masks.map(({ mask }) => opencv.countContours(mask, width, height));
}, 'ERR_SELF_TEST');
