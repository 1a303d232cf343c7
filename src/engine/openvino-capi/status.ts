/** ov_status_e into errors, and handles that free themselves. */
import { type ErrorCode, ServiceError } from '../../std/errors.js';
import { tidyMessage } from '../engine.js';
import { type Handle, type OpenVino, readString, type Slot, type Status } from './bindings.js';

/** @see ov_status_e in openvino/c/ov_common.h; the numbers have been stable since its first release. */
const STATUS_NAMES: Readonly<Record<number, string>> = {
  [-1]: 'general error',
  [-2]: 'not implemented',
  [-3]: 'network not loaded',
  [-4]: 'parameter mismatch',
  [-5]: 'not found',
  [-6]: 'out of bounds',
  [-7]: 'unexpected',
  [-8]: 'request busy',
  [-9]: 'result not ready',
  [-10]: 'not allocated',
  [-11]: 'inference not started',
  [-12]: 'network not read',
  [-13]: 'inference cancelled',
  [-14]: 'invalid C parameter',
  [-15]: 'unknown C error',
  [-16]: 'C method not implemented',
  [-17]: 'unknown exception',
};
const GENERAL_ERROR = -1;

/** @throws {ServiceError} of `code` saying what could not be done and why, unless the status is 0 */
export function check(ov: OpenVino, status: Status, code: ErrorCode, action: string): void {
  if (status === 0) return;
  const name = STATUS_NAMES[status] ?? 'unknown status';
  const text = status === GENERAL_ERROR ? lastMessage(ov) : '';
  throw new ServiceError(code, `Cannot ${action} as OpenVINO says: ${text === '' ? name : text}`, {
    details: { status, statusName: name },
  });
}

/** A handle freed at the end of its `using` block. */
export function scoped(handle: Handle, free: (handle: Handle) => void): { readonly handle: Handle } & Disposable {
  return { handle, [Symbol.dispose]: () => free(handle) };
}

/** A C string that OpenVINO allocated: copied, then freed. */
export function takeString(ov: OpenVino, slot: Slot): string {
  const address = slot[0] ?? 0n;
  if (address === 0n) return '';
  const text = readString(address);
  ov.free(address);
  return text;
}

/**
 * The message is one for the whole process and never cleared: another thread may overwrite it between the failure and
 * this call, so it is read only for the status that sets it, and at once.
 */
function lastMessage(ov: OpenVino): string {
  const address = ov.getLastErrMsg();
  if (address === null || address === 0n) return '';
  const text = readString(address);
  ov.free(address);
  return tidyMessage(text);
}
