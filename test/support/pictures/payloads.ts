/** Messages to publish, made from the golden pictures. */
import { readVectorFile } from '../../vectors/load-vectors.js';

/** A message as the replaced publisher sends it, with further fields. */
export function pictureMessage(file = 'images/syn_3x2.png', fields: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({ image: readVectorFile(file).toString('base64'), ...fields });
}
