/** A buffer that is used again and again; what was taken is valid until the next `take`. */
export interface Scratch {
  /** Exactly `sizeBytes` bytes of undefined content. */
  take(sizeBytes: number): Uint8Array;
}

/**
 * Grows as needed; a request above `maxKeptBytes` gets a buffer of its own, so that one huge picture is not paid for
 * ever.
 */
export function createScratch(maxKeptBytes = 64 * 2 ** 20): Scratch {
  let buffer = new Uint8Array(0);
  return {
    take(sizeBytes) {
      if (sizeBytes > maxKeptBytes) return new Uint8Array(sizeBytes);
      if (buffer.length < sizeBytes) buffer = new Uint8Array(sizeBytes);
      return buffer.subarray(0, sizeBytes);
    },
  };
}
