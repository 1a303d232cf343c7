import { ServiceError } from '../../std/errors.js';

/** "Cannot decode the picture as <rule>: <current value>". */
export function broken(text: string): ServiceError {
  return new ServiceError('ERR_IMAGE_DECODE', `Cannot decode the picture as ${text}`);
}

/** A variant of a known format that is not inspected. */
export function refused(text: string): ServiceError {
  return new ServiceError('ERR_IMAGE_FORMAT', `Cannot inspect the picture as ${text}`);
}
