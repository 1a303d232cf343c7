/** An 8-bit picture: interleaved rows without padding. */
export interface Image {
  readonly width: number;
  readonly height: number;
  /** 3: B, G, R. 1: grey, standing for three equal channels. */
  readonly channels: 1 | 3;
  /** width × height × channels bytes, row by row from the top. May be longer only if a codec reuses a buffer. */
  readonly data: Uint8Array;
}
