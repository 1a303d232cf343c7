/** What models can be asked for beside a map of pixels, how the outputs of detectors may lie, and what is refused by name. */

export const TASKS = ['segmentation', 'detection', 'instance-segmentation', 'classification', 'anomaly-score'] as const;
export type Task = (typeof TASKS)[number];

export const LAYOUTS = [
  'yolo',
  'yolo-rows',
  'yolov5',
  'yolox',
  'detection-output',
  'boxes',
  'boxes-scores',
  'detr',
  'detr-softmax',
  'torchvision',
] as const;
export type ObjectLayout = (typeof LAYOUTS)[number];

/** What is known of tasks that are not done here, for a refusal by name. */
export const OTHER_TASKS: Readonly<Record<string, string>> = {
  pose: 'key points of poses',
  obb: 'rotated boxes',
  track: 'tracks',
  semantic: 'Ultralytics’ maps of class numbers',
  depth: 'depths',
  rotated_detection: 'rotated boxes',
  keypoint_detection: 'key points',
};
