/** Width and height in pixels, of a picture, a mask or a model's input. */
export interface Size {
  readonly width: number;
  readonly height: number;
}
