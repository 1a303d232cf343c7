/** Seeded pictures of a machined surface: bands of brightness, dark spots, and a sensor's grain. The same on every machine. */
import sharp from 'sharp';
import { seeded } from '../../test/support/seeded.js';

export interface PictureOptions {
  readonly width: number;
  readonly height: number;
  readonly seed: number;
  /** Dark spots and scratches on the surface. */
  readonly spots: number;
  /** A thin dark line across a part of the surface. */
  readonly hairline?: Hairline;
}

interface Hairline {
  /** In pixels; the edges are soft. */
  readonly thickness: number;
  /** How much darker it is in its middle, of 255. */
  readonly depth: number;
}

/** Standard deviation of the grain of all channels together, and of each alone: 270 to 320 KB at 1280×960. */
const MIN_GRAIN = 4.5;
const MAX_GRAIN = 5.4;
const COLOUR_GRAIN = 1.5;
/** Drawing a normal number from a table is ten times faster than computing it. */
const NORMALS = 1 << 16;
const QUALITY = 90;

/** JPEG, quality 90, 4:2:0. */
export async function drawPicture({ width, height, seed, spots, hairline }: PictureOptions): Promise<Buffer> {
  const random = seeded(seed);
  const normal = normals(random);
  const grain = MIN_GRAIN + (MAX_GRAIN - MIN_GRAIN) * random();
  const shades = surface(width, height, random);
  for (let spot = 0; spot < spots; spot += 1) darken(shades, { width, height }, random);
  if (hairline) scratch(shades, { width, height }, hairline, random);
  const data = Buffer.alloc(width * height * 3);
  for (let pixel = 0, at = 0; pixel < shades.length; pixel += 1) {
    const shade = (shades[pixel] ?? 0) + grain * normal();
    for (let channel = 0; channel < 3; channel += 1, at += 1) {
      data[at] = Math.max(0, Math.min(255, Math.round(shade + COLOUR_GRAIN * normal())));
    }
  }
  return await sharp(data, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: QUALITY, chromaSubsampling: '4:2:0', optimiseCoding: false })
    .toBuffer();
}

function surface(width: number, height: number, random: () => number): Float32Array {
  const level = 100 + 60 * random();
  const waves = Array.from({ length: 4 }, () => ({
    x: (2 * Math.PI * (1 + 6 * random())) / width,
    y: (2 * Math.PI * (1 + 6 * random())) / height,
    phase: 2 * Math.PI * random(),
    depth: 4 + 6 * random(),
  }));
  const shades = new Float32Array(width * height);
  for (let y = 0, at = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, at += 1) {
      let shade = level;
      for (const wave of waves) shade += wave.depth * Math.sin(wave.x * x + wave.y * y + wave.phase);
      shades[at] = shade;
    }
  }
  return shades;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** An ellipse of up to a tenth of the picture, half as bright. */
function darken(shades: Float32Array, { width, height }: Size, random: () => number): void {
  const centre = { x: width * random(), y: height * random() };
  const radius = { x: width * (0.01 + 0.09 * random()), y: height * (0.01 + 0.09 * random()) };
  for (let y = Math.max(0, Math.floor(centre.y - radius.y)); y < Math.min(height, centre.y + radius.y); y += 1) {
    for (let x = Math.max(0, Math.floor(centre.x - radius.x)); x < Math.min(width, centre.x + radius.x); x += 1) {
      const distance = ((x - centre.x) / radius.x) ** 2 + ((y - centre.y) / radius.y) ** 2;
      if (distance < 1) shades[y * width + x] = 0.5 * (shades[y * width + x] ?? 0);
    }
  }
}

/** A straight line of a tenth to a quarter of the picture's width, in any direction. */
function scratch(
  shades: Float32Array,
  { width, height }: Size,
  { thickness, depth }: Hairline,
  random: () => number,
): void {
  const length = width * (0.1 + 0.15 * random());
  const angle = Math.PI * random();
  const [alongX, alongY] = [Math.cos(angle), Math.sin(angle)];
  const centre = { x: width * (0.3 + 0.4 * random()), y: height * (0.3 + 0.4 * random()) };
  for (let y = 0, at = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, at += 1) {
      const along = (x - centre.x) * alongX + (y - centre.y) * alongY;
      const across = Math.abs((x - centre.x) * alongY - (y - centre.y) * alongX);
      const share = Math.min(1, Math.max(0, (thickness + 1) / 2 - across));
      if (share > 0 && Math.abs(along) < length / 2) shades[at] = (shades[at] ?? 0) - depth * share;
    }
  }
}

/** Standard normal, by Box and Muller. */
function normals(random: () => number): () => number {
  const table = Float32Array.from({ length: NORMALS }, () => {
    return Math.sqrt(-2 * Math.log(1 - random())) * Math.sin(2 * Math.PI * random());
  });
  return () => table[Math.floor(NORMALS * random())] ?? 0;
}
