/** Payloads out of parts: text, ready bytes, and bytes that are written as base64, so that no large string is ever built. */
import { type CopyBytes, setBytes } from '../std/copy-bytes.js';

/** Where payloads are written. */
export interface PayloadMemory {
  readonly allocate: (sizeBytes: number) => Uint8Array;
  readonly copy: CopyBytes;
}

/** Not from Node's pool: only such a buffer can be transferred without its neighbours. */
export const ownMemory: PayloadMemory = { allocate: (sizeBytes) => Buffer.allocUnsafeSlow(sizeBytes), copy: setBytes };

type Base64 = { readonly base64: Uint8Array };
/** A part of the payload: text that is pure ASCII, ready bytes, or bytes to be written as base64. */
export type Part = string | Uint8Array | Base64;

export function join(parts: readonly Part[], { allocate, copy }: PayloadMemory): Uint8Array {
  let size = 0;
  for (const part of parts) size += isBase64(part) ? Math.ceil(part.base64.length / 3) * 4 : part.length;
  const out = view(allocate(size));
  let offset = 0;
  for (const part of parts) {
    if (typeof part === 'string') offset += out.write(part, offset, 'latin1');
    else if (isBase64(part)) offset += out.write(view(part.base64).toString('base64'), offset, 'latin1');
    else {
      copy(part, out.subarray(offset));
      offset += part.length;
    }
  }
  return out;
}

function isBase64(part: Part): part is Base64 {
  return typeof part === 'object' && 'base64' in part;
}

function view(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
