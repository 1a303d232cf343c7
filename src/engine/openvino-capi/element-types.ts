/** The numbers of ov_element_type_e, which moved between releases: asked of the library instead of written down. */
import { ServiceError } from '../../std/errors.js';
import type { ElementType } from '../engine.js';
import type { OpenVino, Slot } from './bindings.js';

export interface ElementTypes {
  /** The library's number for a type. */
  readonly numberOf: (type: ElementType) => number;
  /** The name for a number, for messages and checks; "type N" where it is not known. */
  readonly nameOf: (number: number) => string;
}

/** The enumeration's order from "boolean" on; only where it starts differs between releases. */
const ORDER = 'boolean bf16 f16 f32 f64 i4 i8 i16 i32 i64 u1 u2 u3 u4 u6 u8 u16 u32 u64'.split(' ');
const ELEMENTS = 8;
const TYPES_TO_TRY = 32;

/**
 * Creates a tensor of eight elements of every type: f32 is the first with 32 bytes; of those with 8 bytes, the order is
 * boolean, i8, u8.
 * @throws {ServiceError} ERR_RUNTIME_LOAD when the answers contradict each other
 */
export function probeElementTypes(ov: OpenVino): ElementTypes {
  const sizes = Array.from({ length: TYPES_TO_TRY }, (_, type) => byteSizeOf(ov, type));
  const f32 = sizes.indexOf(4 * ELEMENTS);
  const [boolean = -1, , u8 = -1] = sizes.flatMap((size, type) => (size === ELEMENTS ? [type] : []));
  const consistent = f32 - boolean === ORDER.indexOf('f32') && u8 - boolean === ORDER.indexOf('u8');
  if (f32 < 0 || boolean < 0 || !consistent) {
    throw new ServiceError(
      'ERR_RUNTIME_LOAD',
      `Cannot use the OpenVINO library as its element types must be those of a known release: found f32 = ${f32}, u8 = ${u8}`,
    );
  }
  return {
    numberOf: (type) => boolean + ORDER.indexOf(type),
    nameOf: (number) => ORDER[number - boolean] ?? `type ${number}`,
  };
}

function byteSizeOf(ov: OpenVino, type: number): number {
  const slot: Slot = new BigUint64Array(1);
  const dims = new BigInt64Array([BigInt(ELEMENTS)]);
  if (ov.tensorCreate(type, { rank: 1, dims }, slot) !== 0) return 0;
  const tensor = slot[0] ?? 0n;
  const status = ov.tensorGetByteSize(tensor, slot);
  ov.tensorFree(tensor);
  return status === 0 ? Number(slot[0]) : 0;
}
