import { test } from 'node:test';
import fc from 'fast-check';
import { explainConfig } from '../../src/config/describe.js';
import { parseConfigFile } from '../../src/config/file.js';
import { loadConfig } from '../../src/config/load.js';
import { KEYS, variableOf } from '../../src/config/schema.js';
import { ServiceError } from '../../src/std/errors.js';
import { loadText, optionsWith } from '../support/service/config-folder.js';

/** Everything that a load tells: the explanation, or the fault. Anything but ERR_CONFIG is a fault of the code. */
function toldBy(load: () => ReturnType<typeof loadConfig>): string {
  try {
    const loaded = load();
    return [...explainConfig(loaded), ...loaded.warnings, ...loaded.notes].join('\n');
  } catch (error) {
    if (error instanceof ServiceError && error.code === 'ERR_CONFIG')
      return `${error.message}${JSON.stringify(error.details)}`;
    throw error;
  }
}

const VALUES = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    'true',
    '0',
    '1',
    '2',
    '-1',
    '1e9',
    'a,b',
    'mqtt://h',
    'mqtt://u:p@h',
    'defect > 0',
    'id as a',
    '/dev/null',
    '__proto__',
  ),
);

test('loadConfig() loads or throws ERR_CONFIG whatever the environment holds', () => {
  const variable = fc.constantFrom(...[...KEYS.keys()].map(variableOf), 'FLAWLINE_CONFIG', 'FLAWLINE_X');
  fc.assert(
    fc.property(fc.dictionary(variable, VALUES, { maxKeys: 20 }), (env) => {
      toldBy(() => loadConfig(optionsWith({ env })));
    }),
    { numRuns: 1000 },
  );
});

test('loadConfig() loads or throws ERR_CONFIG whatever a sound YAML file holds', () => {
  const path = fc.constantFrom(...KEYS.keys());
  const value = fc.oneof(VALUES, fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<unknown>);
  fc.assert(
    fc.property(fc.array(fc.tuple(path, value), { maxLength: 15 }), (pairs) => {
      const tree: Record<string, unknown> = {};
      for (const [key, entry] of pairs) {
        const [section = '', name] = key.split('.');
        tree[section] = name === undefined ? entry : { ...(tree[section] as object | undefined), [name]: entry };
      }
      toldBy(() => loadText(JSON.stringify(tree)));
    }),
    { numRuns: 1000 },
  );
});

test('parseConfigFile() has faults, not exceptions, for any text', () => {
  const line = fc.tuple(
    fc.constantFrom('', '  ', '- ', 'mqtt:', 'rules:', '? ', '{', '[', '&a ', '*a', '!x ', '"', '--- ', '<<: '),
    fc.string({ unit: 'binary' }),
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc
      .array(
        line.map((parts) => parts.join('')),
        { maxLength: 12 },
      )
      .map((l) => l.join('\n')),
  );
  fc.assert(
    fc.property(text, (source) => {
      parseConfigFile(source, 'f');
    }),
    { numRuns: 1000 },
  );
});

test('loadConfig() never tells a secret, be the rest sound or not', () => {
  const secret = fc.stringMatching(/^[A-Za-z0-9]{12}$/);
  const given = fc.constantFrom(
    (s: string) => ({ FLAWLINE_MQTT_PASSWORD: s }),
    (s: string) => ({ FLAWLINE_SINK_PASSWORD: `${s}\u0001` }),
    (s: string) => ({ FLAWLINE_HTTP_TOKEN: `${s} ${s}` }),
    (s: string) => ({ FLAWLINE_MQTT_URL: `mqtt://user:${s}@host` }),
    (s: string) => ({ FLAWLINE_MQTT_URL: `mqtt://a,ssl://user:x${s}@y@host:99999` }),
    (s: string) => ({ FLAWLINE_SINK_URL: `wss://host/?token=${s}` }),
    (s: string) => ({ FLAWLINE_MQTT_PASWORD: s }),
  );
  const rest = fc.dictionary(
    fc.constantFrom('FLAWLINE_LOG_LEVEL', 'FLAWLINE_HTTP_PORT', 'FLAWLINE_MQTT_PROTOCOL_VERSION'),
    VALUES,
  );
  fc.assert(
    fc.property(secret, given, rest, (text, variables, others) => {
      const told = toldBy(() => loadConfig(optionsWith({ env: { ...others, ...variables(text) } })));
      return !told.includes(text);
    }),
    { numRuns: 1000 },
  );
});
