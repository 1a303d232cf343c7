/** Width and height in pixels, of a picture, a mask or a model's input. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Part of a picture, in its pixels. */
export interface Rectangle extends Size {
  readonly x: number;
  readonly y: number;
}
