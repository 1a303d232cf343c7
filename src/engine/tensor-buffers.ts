/** The buffers that tensors are bound to: where an engine reads its input, and where it writes its outputs. */
import type { Allocate, Port } from './engine.js';
import { countOf } from './ports.js';

export type NativeData = Uint8Array | Float32Array | Int32Array | BigInt64Array;

/** Memory of its own for each, where nobody shares it. */
const ownMemory: Allocate = (sizeBytes) => new Uint8Array(sizeBytes);

export function createInputBuffer(port: Port, allocate: Allocate = ownMemory): Uint8Array | Float32Array {
  const count = countOf(port);
  return port.elementType === 'u8' ? allocate(count) : floatsOf(allocate(count * Float32Array.BYTES_PER_ELEMENT));
}

/** One buffer, unless the output is a map of integers. */
export interface OutputBuffer {
  /** To be bound. */
  readonly native: NativeData;
  readonly values: Float32Array;
  /** After each inference: `native` into `values`. Class numbers are far below 2^24, so nothing is lost. */
  convert(): void;
}

export function createOutputBuffer(port: Port, allocate: Allocate = ownMemory): OutputBuffer {
  const count = countOf(port);
  const values = floatsOf(allocate(count * Float32Array.BYTES_PER_ELEMENT));
  switch (port.elementType) {
    case 'f32':
      return { native: values, values, convert() {} };
    case 'u8':
      return copied(new Uint8Array(count), values);
    case 'i32':
      return copied(new Int32Array(count), values);
    case 'i64': {
      const native = new BigInt64Array(count);
      const lowWords = new Int32Array(native.buffer); // little-endian, as every machine that OpenVINO runs on
      return {
        native,
        values,
        convert() {
          for (let i = 0; i < count; i++) values[i] = lowWords[2 * i] as number;
        },
      };
    }
  }
}

/** Of an output whose length depends on the picture: grows as needed, and is used again. */
export interface DynamicBuffer {
  /** For `count` elements of the port's type. */
  take(count: number): NativeData;
  /** What was taken and filled, as numbers. */
  values(): Float32Array;
}

export function createDynamicBuffer({ elementType }: Port): DynamicBuffer {
  let buffer = createOutputBuffer({ name: '', elementType, shape: [0] });
  let capacity = 0;
  let length = 0;
  return {
    take(count) {
      if (count > capacity) {
        capacity = Math.max(count, 2 * capacity);
        buffer = createOutputBuffer({ name: '', elementType, shape: [capacity] });
      }
      length = count;
      return buffer.native.subarray(0, count);
    },
    values() {
      buffer.convert();
      return buffer.values.subarray(0, length);
    },
  };
}

function floatsOf({ buffer, byteOffset, byteLength }: Uint8Array): Float32Array {
  return new Float32Array(buffer, byteOffset, byteLength / Float32Array.BYTES_PER_ELEMENT);
}

function copied(native: Uint8Array | Int32Array, values: Float32Array): OutputBuffer {
  return { native, values, convert: () => values.set(native) };
}
