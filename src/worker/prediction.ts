import type { Measures } from '../domain/measures.js';
import type { Rectangle, Size } from '../domain/size.js';
import type { Task } from '../model/tasks.js';
import type { Image } from '../vision/image.js';
import type { FoundObjects } from './postprocess/found-objects.js';
import type { OutputReader } from './postprocess/pixel-map.js';
import type { ObjectMasks } from './postprocess/task-reader.js';

/** What the model says of one picture, whatever its task, before any rule is asked; buffers are valid until the next picture. */
export interface Prediction {
  readonly task: Task;
  readonly measures: Measures;
  /** The picture's own size. */
  readonly picture: Size;
  /** The picture at that size, B G R or grey, decoded again where it was made smaller or left in planes; valid until the codec's next call. */
  readonly wholePicture: () => Image | Promise<Image>;
  /** The picture at the model's size, BGR. */
  readonly resized: Image;
  /** 0 or 255, row by row, at the model's size. */
  readonly mask: Uint8Array;
  readonly classMasks: OutputReader['classMasks'];
  /** Of a detector; valid until the next picture. */
  readonly objects?: FoundObjects;
  /** Of an instance segmenter; valid until the next inference. */
  readonly masks?: ObjectMasks;
  /** The part of the picture that the model saw, in the picture's pixels, and where it lies in `resized` and `mask`. */
  readonly seen: Rectangle;
  readonly content: Rectangle;
}
