/** The options of CREATE STREAM: which there are, and which of them mean something here. */
import type { StreamOptions } from './ast.js';
import { SqlError } from './sql-error.js';
import { quoted } from './tokens.js';

const KEYS = (
  'DATASOURCE FORMAT KEY CONF_KEY SHARED STRICT_VALIDATION TYPE TIMESTAMP TIMESTAMP_FORMAT RETAIN_SIZE SCHEMAID EXTRA VERSION ' +
  'TEMP KIND DELIMITER'
).split(' ');

export interface StreamOption {
  readonly key: string;
  readonly value: string;
}

/** @throws {SqlError} unless `key` is one of eKuiper's */
export function refuseOption(key: string, found: () => string): true {
  if (KEYS.includes(key.toUpperCase())) return true;
  throw new SqlError(`found ${quoted(found().toUpperCase())}, unknown option keys(${KEYS.join('|')}).`);
}

/**
 * @throws {SqlError} for an option that names a broker or a source of its own (CONF_KEY, EXTRA, another TYPE) and for
 * every other that nothing here stands for
 */
export function optionsOf(entries: readonly StreamOption[]): StreamOptions {
  const given = new Map(entries.map(({ key, value }) => [key.toUpperCase(), value]));
  const other = [...given.keys()].find((key) => !SUPPORTED.includes(key));
  if (other !== undefined) throw new SqlError(`option ${other} is not supported${REASONS[other] ?? ''}`);
  const [format, type] = [given.get('FORMAT'), given.get('TYPE')];
  if (format !== undefined && format.toLowerCase() !== 'json') {
    throw new SqlError(`option 'format=${format}' is not supported: messages are JSON, or pictures as they are`);
  }
  if (type !== undefined && type.toLowerCase() !== 'mqtt') {
    throw new SqlError(`option 'type=${type}' is not supported: streams come by MQTT`);
  }
  const datasource = given.get('DATASOURCE');
  return {
    ...(datasource !== undefined && { datasource }),
    ...(format !== undefined && { format }),
    ...(type !== undefined && { type }),
    ...(truth(given, 'STRICT_VALIDATION') && { strictValidation: true }),
    ...(truth(given, 'SHARED') && { shared: true }),
  };
}

const SUPPORTED = ['DATASOURCE', 'FORMAT', 'TYPE', 'STRICT_VALIDATION', 'SHARED'];
const OWN_BROKER = ': a stream has no broker of its own, all come from that of the section mqtt';
const REASONS: Readonly<Record<string, string>> = { CONF_KEY: OWN_BROKER, EXTRA: OWN_BROKER };

function truth(given: ReadonlyMap<string, string>, key: string): boolean {
  const value = given.get(key)?.toUpperCase();
  if (value === undefined || value === 'TRUE' || value === 'FALSE') return value === 'TRUE';
  throw new SqlError(`found ${quoted(given.get(key) ?? '')}, expect TRUE/FALSE value in ${key} option.`);
}
