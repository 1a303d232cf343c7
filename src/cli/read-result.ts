/**
 * Results and dead letters as a subscriber sees them, whatever fields the service was told to put into them; and pictures
 * with a tag that is found again in a result's copy of its input.
 */
import { mediaTypeOf } from '../imaging/formats.js';

type UserProperties = Readonly<Record<string, string | readonly string[]>>;

export interface SeenResult {
  readonly topic: string;
  readonly bytes: number;
  /** '' when neither property nor field says it. */
  readonly id: string;
  readonly defect: number | undefined;
  readonly rule: string | undefined;
  /** The error code of a dead letter. */
  readonly code: string | undefined;
  readonly message: string | undefined;
  readonly picture: Buffer | undefined;
  /** The input's base64 text. */
  readonly origin: string | undefined;
}

/** Never throws: what cannot be read stays undefined. */
export function readResult(topic: string, payload: Buffer, user: UserProperties | undefined): SeenResult {
  const isPicture = mediaTypeOf(payload) !== undefined;
  const body = isPicture ? {} : parseObject(payload);
  const property = (name: string): string | undefined => {
    const value = user?.[name];
    return typeof value === 'object' ? value.at(-1) : value;
  };
  const field = (name: string): string | undefined => {
    const value = body[name];
    return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
  };
  const defect = Number(property('defect') ?? field('defect') ?? Number.NaN);
  const picture = field('afterProcess');
  return {
    topic,
    bytes: payload.length,
    id: property('id') ?? field('id') ?? '',
    defect: Number.isNaN(defect) ? undefined : defect,
    rule: property('rule') ?? field('rule'),
    code: field('code'),
    message: field('message'),
    picture: isPicture ? payload : picture === undefined ? undefined : Buffer.from(picture, 'base64'),
    origin: field('origin'),
  };
}

function parseObject(payload: Buffer): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(payload.toString('utf8'));
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

const SOI_BYTES = 2;
const PREFIX = 'flawline-verify:';

/** The picture with a COM segment right behind its start marker. @see ITU-T T.81, B.2.4.5 */
export function tagJpeg(jpeg: Buffer, tag: string): Buffer {
  const comment = Buffer.from(`${PREFIX}${tag}`);
  const header = Buffer.from([0xff, 0xfe, 0, 0]);
  header.writeUInt16BE(comment.length + 2, 2);
  return Buffer.concat([jpeg.subarray(0, SOI_BYTES), header, comment, jpeg.subarray(SOI_BYTES)]);
}

/** The tag of a picture in base64; undefined when it has none. */
export function tagOfOrigin(origin: string | undefined): string | undefined {
  if (origin === undefined) return undefined;
  const head = Buffer.from(origin.slice(0, 400), 'base64');
  if (head.length < 8 || head.readUInt32BE(0) !== 0xffd8fffe) return undefined;
  const comment = head.subarray(6, 4 + head.readUInt16BE(4)).toString('utf8');
  return comment.startsWith(PREFIX) ? comment.slice(PREFIX.length) : undefined;
}
