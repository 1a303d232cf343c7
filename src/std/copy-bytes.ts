/** Copies `from` to the beginning of `to`. @throws {RangeError} when it does not fit */
export type CopyBytes = (from: Uint8Array, to: Uint8Array) => void;

/** The plain way. */
export const setBytes: CopyBytes = (from, to) => to.set(from);
