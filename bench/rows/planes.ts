/** Decoding to planes, with colours where the resize looks, beside decoding whole: one thread, no service around it. */
import { readFileSync } from 'node:fs';
import { createCodec } from '../../src/imaging/create-codec.js';
import { findTurbojpeg } from '../../src/imaging/find-turbojpeg.js';
import { createPixelOps } from '../../src/vision/kernels/simd-pixel-ops.js';
import { isPlanes } from '../../src/vision/planes.js';
import type { Bench } from '../bench.js';
import { comparison, type Row, type Section } from '../report.js';

const MODEL = { width: 256, height: 256 };
const SIZES = [
  { width: 1280, height: 960 },
  { width: 2304, height: 1728 },
  { width: 4000, height: 3000 },
  { width: 6000, height: 4000 },
] as const;
const PICTURES = 4;
/** Of decoded pixels that a turn goes through, in a full run. */
const MEGAPIXELS = 300;

export async function planes(bench: Bench): Promise<Section> {
  const turbojpeg = findTurbojpeg();
  if (turbojpeg === undefined) throw new Error('libturbojpeg is not installed (Debian: libturbojpeg0)');
  const pixels = createPixelOps(MODEL);
  const codec = createCodec({ turbojpeg, take: pixels.take });
  const target = { ...MODEL, channels: 3, data: pixels.allocate(MODEL.width * MODEL.height * 3) } as const;
  const rows: Row[] = [];
  try {
    for (const size of SIZES) {
      const pictures = (await bench.draw({ ...size, count: PICTURES, spots: 6 })).map((path) => readFileSync(path));
      const turn = async (areWanted: boolean, isResized: boolean): Promise<number> => {
        const count = Math.max(PICTURES, bench.count((MEGAPIXELS * 1e6) / (size.width * size.height)));
        const before = process.cpuUsage();
        for (let n = 0; n < count; n += 1) {
          const bytes = pictures[n % PICTURES] ?? Buffer.alloc(0);
          const decoded = await codec.decodePlanes(bytes, 'jpeg', { maxPixels: 1e8, planes: () => areWanted });
          if (isPlanes(decoded) !== areWanted) throw new Error(`planes were ${areWanted ? 'not given' : 'given'}`);
          if (!isResized) continue;
          if (isPlanes(decoded)) pixels.resizePlanes(decoded, target);
          else pixels.resize(decoded, target);
        }
        const { user, system } = process.cpuUsage(before);
        return (user + system) / 1000 / count;
      };
      const megapixels = ((size.width * size.height) / 1e6).toFixed(1);
      for (const isResized of [false, true]) {
        const rounds = new Map<string, number[]>([
          ['planes', []],
          ['whole', []],
        ]);
        for (let round = 0; round < bench.options.rounds; round += 1) {
          for (const [column, values] of rounds) values.push(await turn(column === 'planes', isResized));
        }
        const what = isResized ? 'decode and resize' : 'decode';
        rows.push(comparison(`${what}, ${megapixels} MP, CPU ms`, rounds, { best: 'lowest', digits: 2 }));
      }
    }
  } finally {
    codec.close();
  }
  const notes = [`Resized to ${MODEL.width}×${MODEL.height}, as ${pixels.name} does it.`];
  return { id: 'planes', title: 'JPEGs in planes, one thread', columns: ['planes', 'whole'], rows, notes };
}
