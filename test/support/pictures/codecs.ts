import type { Codec } from '../../../src/imaging/codec.js';
import { createCodec } from '../../../src/imaging/create-codec.js';
import { findTurbojpeg } from '../../../src/imaging/find-turbojpeg.js';

/** An implementation of Codec to run a suite on; `skip` says why it can't be. */
export interface CodecCase {
  readonly name: string;
  readonly skip: string | false;
  readonly create: () => Codec;
}

/** Every implementation; each present one must pass the same tests. */
export function codecCases(): readonly CodecCase[] {
  const turbojpeg = findTurbojpeg();
  return [
    { name: 'sharp', skip: false, create: () => createCodec() },
    {
      name: 'turbojpeg',
      skip: turbojpeg === undefined ? 'libturbojpeg is not installed (Debian: libturbojpeg0)' : false,
      create: () => createCodec(turbojpeg === undefined ? {} : { turbojpeg }),
    },
  ];
}
