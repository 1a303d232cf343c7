/** A memory that other threads may read and whose views stay valid when it grows. */
export interface SharedMemory {
  readonly buffer: SharedArrayBuffer;
  /** @throws {RangeError} when there is no more */
  grow(pages: number): number;
}

/** What is used of WebAssembly, which the compiler's library has no names for outside of browsers. */
interface WebAssemblyHere {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { readonly exports: object };
  Memory: new (limits: { initial: number; maximum: number; shared: true }) => SharedMemory;
}

const { Module, Instance, Memory } = (globalThis as unknown as { readonly WebAssembly: WebAssemblyHere }).WebAssembly;

const PAGE_BYTES = 65_536;

/**
 * One of our modules with a memory of its own.
 * @param base64 of its binary
 * @param maximumPages as the module declares its memory
 * @throws {Error} where WebAssembly lacks SIMD, or the address space for the memory
 */
export function instantiate<Exports extends object>(
  base64: string,
  maximumPages: number,
): { readonly exports: Exports; readonly memory: SharedMemory } {
  const memory = new Memory({ initial: 1, maximum: maximumPages, shared: true });
  const instance = new Instance(new Module(Buffer.from(base64, 'base64')), { env: { memory } });
  return { exports: instance.exports as Exports, memory };
}

/** Grows the memory to `sizeBytes` if need be; false when it can't. */
export function reaches(memory: SharedMemory, sizeBytes: number, maximumPages: number): boolean {
  const pages = Math.ceil((sizeBytes - memory.buffer.byteLength) / PAGE_BYTES);
  if (pages <= 0) return true;
  if (sizeBytes > maximumPages * PAGE_BYTES) return false;
  try {
    memory.grow(pages);
    return true;
  } catch {
    return false; // the address space is limited: the caller does without
  }
}
