/** What somebody can do about a message that became a dead letter, by its code. docs/errors.md is tested against it. */
import type { ErrorCode } from '../std/errors.js';

const ADVICE: Readonly<Partial<Record<ErrorCode, string>>> = {
  ERR_PAYLOAD_TOO_LARGE: 'send smaller pictures, or raise limits.maxPayloadBytes',
  ERR_PAYLOAD_EMPTY: 'look at what the publisher sends on this topic',
  ERR_PAYLOAD_JSON: 'send a JSON object, or the bytes of a picture, on this topic',
  ERR_PAYLOAD_FIELD: 'send the picture in the field that payload.imageField names',
  ERR_PAYLOAD_BASE64: 'encode the picture as standard base64 with its padding',
  ERR_IMAGE_FORMAT: 'send JPEG, PNG, WebP, TIFF or BMP',
  ERR_IMAGE_DECODE: 'look at the camera and the way from it: the picture arrives incomplete or changed',
  ERR_IMAGE_TOO_LARGE: 'send smaller pictures, or raise limits.maxPixels',
  ERR_PREDICATE: 'correct the predicate of the rule: `flawline config check --picture FILE` tries it',
  ERR_INFERENCE: 'look for the same picture: `flawline infer` shows whether it fails alone; else look at the device',
  ERR_JOB_TIMEOUT: 'raise limits.jobTimeoutMs if pictures are that large, else look at what else the machine does',
  ERR_WORKER_EXITED: 'look at the memory of the machine, and try the picture with `flawline infer`',
  ERR_QUARANTINED: 'keep the picture from the dead letter and report it: it crashes a decoder or the engine',
  ERR_RESULT_TOO_LARGE: "raise the broker's packet limit, or leave pictures out of the result (result.fields)",
  ERR_RESULT_REFUSED: 'let the service publish on the topic of the result: see the access list of the broker',
};

/** One clause in the imperative; undefined for codes that no message has. */
export function adviceOn(code: ErrorCode): string | undefined {
  return ADVICE[code];
}
