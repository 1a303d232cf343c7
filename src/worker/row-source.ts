/** What a rule in SQL sees of a message and of the picture in it. */
import { MEASURE_ROWS, type Measures } from '../domain/measures.js';
import type { Part } from '../payload/join-parts.js';
import type { Frame } from '../payload/parse.js';
import { INFERENCE_TIME } from '../sql/inference-paths.js';
import type { Row } from '../sql/row.js';
import { fieldOf, LazyText, type Value, type ValueMap } from '../sql/values.js';

export interface RowSource {
  /** The JSON fields of the message but the picture. */
  readonly msg: Readonly<Record<string, unknown>>;
  readonly topic: string;
  /** Absent: the rule needs none. */
  readonly picture?: RowPicture;
}

export interface RowPicture {
  readonly frame: Pick<Frame, 'bytes' | 'originJson'>;
  /** The field that the picture is in. */
  readonly imageField: string;
  readonly measures: Measures;
  readonly inferenceTimeMs: number;
}

/** How the text is written into a payload, quotes included. */
export type TextSource = () => readonly Part[];

/** The picture is drawn between condition and fields: only for what is published. */
export class PictureRow implements Row {
  readonly topic: string;
  readonly rule: string;
  readonly #msg: ValueMap;
  readonly #imageField: string | undefined;
  readonly #image: LazyText<TextSource> | undefined;
  readonly #prediction: ValueMap;
  /** What was found beside the picture, as JPEG; set before anybody reads it. */
  drawn: Uint8Array | undefined;

  constructor({ msg, topic, picture }: RowSource, rule: string) {
    this.topic = topic;
    this.rule = rule;
    this.#msg = msg as ValueMap;
    if (picture === undefined) {
      this.#prediction = {};
      return;
    }
    const { frame, imageField, measures, inferenceTimeMs } = picture;
    this.#imageField = imageField;
    this.#image = new LazyText<TextSource>(
      () => imageParts(frame),
      () => imageText(frame),
    );
    const given: ValueMap = {
      defect: measures.defect,
      base64: new LazyText<TextSource>(
        () => base64Parts(this.#drawn()),
        () => base64(this.#drawn()),
      ),
      [INFERENCE_TIME]: inferenceTimeMs,
    };
    this.#prediction = withMeasures(given, measures);
  }

  column(name: string): Value {
    return name === this.#imageField && this.#image !== undefined ? this.#image : fieldOf(this.#msg, name);
  }

  *names(): Iterable<string> {
    yield* Object.keys(this.#msg);
    if (this.#imageField !== undefined) yield this.#imageField;
  }

  prediction(): ValueMap {
    return this.#prediction;
  }

  now(): Date {
    return new Date();
  }

  #drawn(): Uint8Array {
    if (this.drawn === undefined) throw new Error('the picture of the row is not drawn yet');
    return this.drawn;
  }
}

/** Found by their paths alone: as a whole it is what the function of eKuiper's tutorial gave, field by field. */
function withMeasures(given: ValueMap, measures: Measures): ValueMap {
  for (const [name] of MEASURE_ROWS) {
    const value = measures[name];
    if (name in given || value === undefined) continue;
    Object.defineProperty(given, name, { value, enumerable: false });
  }
  return given;
}

function imageParts({ bytes, originJson }: RowPicture['frame']): readonly Part[] {
  return originJson === undefined ? base64Parts(bytes) : [originJson];
}

function imageText({ bytes, originJson }: RowPicture['frame']): string {
  return originJson === undefined ? base64(bytes) : (JSON.parse(Buffer.from(originJson).toString()) as string);
}

function base64Parts(bytes: Uint8Array): readonly Part[] {
  return ['"', { base64: bytes }, '"'];
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
