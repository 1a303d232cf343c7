/** Keys of the model and of the machinery that runs it. */
import { SETTING_BOUNDS } from '../../model/setting-checks.js';
import { ACTIVATIONS, DECODINGS, INTERPOLATIONS } from '../../model/settings.js';
import { LAYOUTS, TASKS } from '../../model/tasks.js';
import { choice, key, optionalChoice } from '../key.js';

export const model = {
  path: key('text', {
    default: null,
    defaultText: 'models/model.xml or models/model.onnx if present, else the shipped model',
    doc: 'The model: an .xml or .onnx file, or a folder with one.',
  }),
  device: key('text', {
    default: 'CPU',
    doc: 'Device, in OpenVINO’s words: CPU, AUTO, AUTO:CPU, HETERO:CPU, GPU, NPU. All but CPU need plugins that the set-up does not unpack; GPU and NPU are untested.',
  }),
  threshold: key('fraction', {
    default: null,
    defaultText: 'that of model.json or the model itself, else the usual one of its task: 0.5, of Ultralytics 0.25',
    ...SETTING_BOUNDS.threshold,
    doc: 'A pixel, an object or a class counts where its probability is greater.',
  }),
  task: optionalChoice(TASKS, {
    default: null,
    defaultText: 'that of model.json or the model itself',
    doc: 'What the model is asked for, where its files do not say it and its outputs can be read in several ways.',
  }),
  layout: optionalChoice(LAYOUTS, {
    default: null,
    defaultText: 'that of model.json or the model itself',
    doc: 'How the outputs of a detector lie; models.md has a row for each.',
  }),
  output: key('text', {
    default: null,
    defaultText: 'that of model.json, else the first map',
    doc: 'Name of the model’s output that is read. models.md has all of what follows.',
  }),
  activation: optionalChoice(ACTIVATIONS, {
    default: null,
    defaultText: 'that of model.json or the model itself, else none',
    doc: 'What makes probabilities of the output: none if it has them already.',
  }),
  channel: key('count', {
    default: null,
    ...SETTING_BOUNDS.channel,
    doc: 'The only channel of the output that is read, counted from 0.',
  }),
  classes: key('classes', {
    default: null,
    defaultText: 'those of model.json or the model itself',
    doc: 'Names of the output’s channels in order, to count each class; one called background is no defect.',
  }),
  goodClasses: key('classes', {
    default: null,
    defaultText: 'those of model.json, else none',
    doc: 'Classes that are counted but are no defects.',
  }),
  iouThreshold: key('fraction', {
    default: null,
    defaultText: 'that of model.json or the model itself, else the usual one of its layout',
    ...SETTING_BOUNDS.iouThreshold,
    doc: 'Of two boxes of a detector that overlap by more the one with the lower score goes.',
  }),
  maxObjects: key('count', {
    default: null,
    defaultText: 'that of model.json, else the usual one of its layout',
    ...SETTING_BOUNDS.maxObjects,
    doc: 'Objects of one picture, those with the highest scores.',
  }),
  maskThreshold: key('fraction', {
    default: null,
    defaultText: 'that of model.json, else 0.5',
    ...SETTING_BOUNDS.maskThreshold,
    doc: 'A pixel of an object’s mask is white where its probability is greater.',
  }),
  reverseInputChannels: key('flag', {
    default: null,
    defaultText: 'that of model.json or the model itself, else false',
    doc: 'The model wants R G B; false: B G R.',
  }),
  meanValues: key('numbers', {
    default: null,
    defaultText: 'those of model.json or the model itself, else 0',
    doc: 'Taken off each channel, in the model’s order: one number or three.',
  }),
  scaleValues: key('numbers', {
    default: null,
    defaultText: 'those of model.json or the model itself, else 1',
    doc: 'Each channel is then divided by it: one number or three.',
  }),
  interpolation: optionalChoice(INTERPOLATIONS, {
    default: null,
    defaultText: 'that of model.json or the model itself, else linear',
    doc: 'How a picture gets the model’s size: linear looks at two by two pixels for each of the model’s, area at all, as Pillow and torchvision do.',
  }),
  decode: optionalChoice(DECODINGS, {
    default: null,
    defaultText: 'that of model.json, else exact',
    doc: 'With scaled, which needs area, JPEGs are decoded at 1/2, 1/4 or 1/8 of their size where that is not below the model’s: far cheaper for large pictures.',
  }),
  minRegionPixels: key('count', {
    default: null,
    defaultText: 'that of model.json, else 0',
    ...SETTING_BOUNDS.minRegionPixels,
    doc: 'Regions of fewer pixels are taken out of the mask, the counts and the area.',
  }),
  precision: choice(['f32', 'bf16', 'f16', 'auto'], {
    default: 'f32',
    doc: 'Precision of the inference. Only f32 gives the same mask on every machine; auto lets the device choose. A device without it takes another, which the log says: bf16 becomes f16 or f32 on arm64.',
  }),
  selfTestIntervalSeconds: key('count', {
    default: 600,
    min: 0,
    max: 604_800,
    doc: 'How often the model’s own test picture is inspected to see that answers are right; 0: only at start.',
  }),
};

export const models = key('models', {
  default: null,
  fileOnly: true,
  doc: 'Several models, in place of the section model: each an id, and what that section may hold. All share the workers.',
});

export const engine = choice(['auto', 'openvino-capi', 'openvino-node'], {
  default: 'auto',
  doc: 'How OpenVINO is called: its C library, or the npm package; auto takes the first that is there.',
});

export const openvino = {
  dir: key('text', {
    default: null,
    defaultText: 'searched',
    doc: 'Folder of OpenVINO’s libraries. flawline doctor shows where they are looked for.',
  }),
};

export const workers = {
  profile: choice(['fast', 'small'], {
    default: 'fast',
    doc: 'small is for machines with little memory: one stream, and no second compilation for pictures that are alone. workers.streams and workers.wide say otherwise one by one.',
  }),
  count: key('count', {
    default: null,
    defaultText: 'workers.streams + 1',
    min: 1,
    max: 512,
    doc: 'Worker threads. One more than streams, so that one decodes while the others infer.',
  }),
  streams: key('count', {
    default: null,
    defaultText: 'cores of this machine, or 1 in the profile small',
    min: 1,
    max: 256,
    doc: 'Inferences that the device runs side by side.',
  }),
  wide: key('flag', {
    default: null,
    defaultText: 'true, or false in the profile small',
    doc: 'A picture that is alone is inferred by the threads of all streams: sooner, for more CPU time and the memory of one more stream with its weights.',
  }),
  pinning: key('flag', {
    default: null,
    defaultText: 'true if there are as many streams as cores, else false',
    doc: 'Keep each stream on a core of its own. Processes that share a machine would take the same cores: false for them.',
  }),
};

export const limits = {
  maxPayloadBytes: key('count', {
    default: 16_777_216,
    min: 1024,
    max: 268_435_455,
    doc: 'Largest message that is inspected, in bytes.',
  }),
  maxPixels: key('count', {
    default: 50_000_000,
    min: 1,
    max: 1_000_000_000,
    doc: 'Largest picture that is inspected, in pixels.',
  }),
  jobTimeoutMs: key('count', {
    default: 10_000,
    min: 100,
    max: 3_600_000,
    doc: 'Longest time for one picture; then its worker is replaced and the picture tried once more.',
  }),
  inFlight: key('count', {
    default: null,
    defaultText: 'workers.count × 4',
    min: 2,
    max: 1_000_000,
    doc: 'Messages taken from the broker and not finished; must be more than mqtt.receiveMaximum.',
  }),
  inFlightBytes: key('count', {
    default: 268_435_456,
    min: 1024,
    max: 1_099_511_627_776,
    doc: 'Bytes of those messages; must hold one of limits.maxPayloadBytes.',
  }),
  startTimeoutFactor: key('fraction', {
    default: 1,
    min: 1,
    max: 100,
    doc: 'Multiplies how long trying OpenVINO (30 s, in setup 60 s), compiling the model (120 s), starting the process for suspect pictures (120 s) and checking the count of contours (60 s) may take: for emulated or overrun machines.',
  }),
};
