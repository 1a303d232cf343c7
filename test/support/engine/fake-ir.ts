/** Reads of an IR model what the fake engine needs: whether it is whole, and its ports. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import type { FoundPort } from '../../../src/engine/ports.js';
import { ServiceError } from '../../../src/std/errors.js';

/** @throws {ServiceError} ERR_MODEL_LOAD when the .xml or the .bin is not whole */
export function readIr(path: string): { readonly inputs: FoundPort[]; readonly outputs: FoundPort[] } {
  const xml = readFileSync(path, 'utf8');
  if (!/<net\b/.test(xml) || !/<\/net>\s*$/.test(xml)) throw broken(path);
  const bin = path.replace(/\.xml$/, '.bin');
  const binBytes = existsSync(bin) ? statSync(bin).size : 0;
  for (const [, offset, size] of xml.matchAll(/offset="(\d+)" size="(\d+)"/g)) {
    if (Number(offset) + Number(size) > binBytes) throw broken(bin);
  }
  const layers = [...xml.matchAll(/<layer id="(\d+)"[^>]* type="(\w+)"[^>]*>(.*?)<\/layer>/gs)].map(
    ([, id, type, body]) => ({ id, type, body: body ?? '' }),
  );
  const inputs = layers.flatMap(({ type, body }): FoundPort[] => {
    const elementType = /element_type="(\w+)"/.exec(body)?.[1] ?? '';
    const shape = /shape="([^"]*)"/.exec(body)?.[1] ?? '';
    return type === 'Parameter' ? [{ name: nameIn(body), elementType, dimensions: numbers(shape.split(',')) }] : [];
  });
  const outputs = layers.flatMap(({ type, id, body }): FoundPort[] => {
    if (type !== 'Result') return [];
    const from = new RegExp(`from-layer="(\\d+)" from-port="\\d+" to-layer="${id}"`).exec(xml)?.[1];
    const name = nameIn(layers.find((layer) => layer.id === from)?.body ?? '');
    const precision = /precision="(\w+)"/.exec(body)?.[1] ?? '';
    const dims = [...body.matchAll(/<dim>(-?\d+)<\/dim>/g)].map(([, dim]) => dim ?? '');
    return [
      {
        name,
        elementType: precision.toLowerCase().replace('fp', 'f').replace('bool', 'boolean'),
        dimensions: numbers(dims),
      },
    ];
  });
  return { inputs, outputs };
}

/** The names of a tensor: an IR has them in one text. */
export function namesOf({ name = '' }: Pick<FoundPort, 'name'>): readonly string[] {
  return name.split(',');
}

function nameIn(body: string): string {
  return / names="([^"]*)"/.exec(body)?.[1] ?? '';
}

function numbers(texts: readonly string[]): number[] {
  return texts.map((text) => (text.trim() === '?' ? -1 : Number(text)));
}

function broken(path: string): ServiceError {
  return new ServiceError('ERR_MODEL_LOAD', `Cannot read the model ${path} as it must be whole: it is not`);
}
