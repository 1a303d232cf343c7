/** `cast(value, "type")`. */
import { EvaluationError } from './sql-error.js';
import { isList, isMap, LazyText, printed, typeName, type Value } from './values.js';

const CASTS: Readonly<Record<string, (value: Value) => Value>> = {
  bigint(value) {
    if (typeof value === 'bigint') return value;
    if (typeof value === 'number' && Number.isFinite(value)) return BigInt.asIntN(64, BigInt(Math.trunc(value)));
    if (typeof value === 'boolean') return value ? 1n : 0n;
    const text = textOf(value);
    if (/^[+-]?\d{1,30}$/.test(text)) {
      const whole = BigInt(text.replace(/^\+/, ''));
      if (whole === BigInt.asIntN(64, whole)) return whole;
    }
    throw new EvaluationError(`strconv.Atoi: parsing ${JSON.stringify(text.slice(0, 100))}: invalid syntax`);
  },
  float(value) {
    if (typeof value === 'number') return value;
    if (typeof value === 'bigint') return Number(value);
    if (typeof value === 'boolean') return value ? 1 : 0;
    const text = textOf(value);
    if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return Number(text);
    throw new EvaluationError(`strconv.ParseFloat: parsing ${JSON.stringify(text.slice(0, 100))}: invalid syntax`);
  },
  string(value) {
    if (value === null) return '';
    if (typeof value === 'number') return plainDigits(value);
    if (isList(value) || isMap(value)) {
      const shown = `${typeName(value)}(${printed(value).slice(0, 200)})`;
      throw new EvaluationError(`Not supported type conversion, got error cannot convert ${shown} to string.`);
    }
    return value instanceof LazyText ? value : String(value);
  },
  boolean(value) {
    if (typeof value === 'boolean') return value;
    if (typeof value === 'number') return value !== 0;
    if (typeof value === 'bigint') return value !== 0n;
    const text = textOf(value);
    if (/^(1|t|T|TRUE|true|True)$/.test(text)) return true;
    if (/^(0|f|F|FALSE|false|False)$/.test(text)) return false;
    throw new EvaluationError(`strconv.ParseBool: parsing ${JSON.stringify(text.slice(0, 100))}: invalid syntax`);
  },
};

export function isCastType(name: string): boolean {
  return Object.hasOwn(CASTS, name);
}

/** @throws {EvaluationError} for a value that has no such form */
export function castTo(value: Value, type: string): Value {
  const cast = CASTS[type];
  if (cast === undefined) throw unsupported();
  return cast(value);
}

function textOf(value: Value): string {
  if (typeof value === 'string') return value;
  if (value instanceof LazyText) return value.toString();
  throw unsupported();
}

function unsupported(): EvaluationError {
  return new EvaluationError('Not supported type conversion.');
}

/** Without an exponent. */
function plainDigits(value: number): string {
  if (!Number.isFinite(value)) return printed(value);
  const text = String(value);
  if (!text.includes('e')) return Object.is(value, -0) ? '-0' : text;
  const [digits = '', exponent = ''] = text.split('e');
  const [whole = '', fraction = ''] = digits.replace('-', '').split('.');
  const sign = value < 0 ? '-' : '';
  const places = Number(exponent);
  if (places < 0) return `${sign}0.${'0'.repeat(-places - 1)}${whole}${fraction}`;
  return `${sign}${whole}${fraction.padEnd(places, '0')}`;
}
