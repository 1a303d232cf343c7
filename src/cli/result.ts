/** A result or dead letter as a subscriber sees it, whatever fields the service was told to put into it. */
type UserProperties = Readonly<Record<string, string | readonly string[]>>;

export interface SeenResult {
  readonly topic: string;
  readonly bytes: number;
  /** '' when neither property nor field says it. */
  readonly id: string;
  readonly defect: number | undefined;
  readonly rule: string | undefined;
  /** Of a dead letter. */
  readonly code: string | undefined;
  readonly message: string | undefined;
  readonly picture: Buffer | undefined;
  /** The input's base64 text. */
  readonly origin: string | undefined;
}

/** Never throws: what cannot be read stays undefined. */
export function readResult(topic: string, payload: Buffer, user: UserProperties | undefined): SeenResult {
  const isPicture = payload[0] === 0xff && payload[1] === 0xd8;
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
