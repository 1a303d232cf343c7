/** A person with known masks, at the page in a real browser: says right, clicks on what is no defect, paints what was missed. */
import type { Page } from 'playwright-core';
import { createCoco } from '../../src/keep/coco.js';
import type { Mask } from '../../src/imaging/mask-png.js';

export interface Counts {
  right: number;
  /** Regions that were clicked away. */
  clicked: number;
  /** Masks that were cleared at a stroke. */
  cleared: number;
  strokes: number;
}

/** A mask that agrees as well as that is called right. */
const RIGHT_FROM = 0.9;
/** Above as many false regions a person says "No defect at all" and paints. */
const MAX_CLICKS = 12;

export function overlap(a: Mask, b: Mask): { readonly both: number; readonly either: number } {
  let both = 0;
  let either = 0;
  for (let i = 0; i < a.data.length; i++) {
    if (a.data[i] !== 0 && b.data[i] !== 0) both++;
    if (a.data[i] !== 0 || b.data[i] !== 0) either++;
  }
  return { both, either };
}

/** Judges the picture that the dialog shows, at the fit zoom. @param found what the model found, at the picture's size */
export async function judgeShown(
  page: Page,
  { found, truth }: Record<'found' | 'truth', Mask>,
  counts: Counts,
): Promise<void> {
  const { both, either } = overlap(found, truth);
  if (either === 0 || both / either >= RIGHT_FROM) {
    counts.right++;
    await page.keyboard.press('r');
    return;
  }
  const box = await page.locator('#judge-canvas').boundingBox();
  if (box === null) throw new Error('the picture is not there');
  const scale = box.width / truth.width;
  const at = (x: number, y: number) => [box.x + (x + 0.5) * scale, box.y + (y + 0.5) * scale] as const;
  const rest = { ...found, data: found.data.slice() };
  const wrong = regionsOf(found).filter(({ pixels }) => share(pixels, truth) < 0.3);
  if (wrong.length > MAX_CLICKS) {
    await page.keyboard.press('n');
    counts.cleared++;
    rest.data.fill(0);
  } else {
    await page.keyboard.press('g');
    for (const { pixels } of wrong) {
      const place = pixels[Math.floor(pixels.length / 2)] ?? 0;
      await page.mouse.click(...at(place % truth.width, Math.floor(place / truth.width)));
      counts.clicked++;
      for (const pixel of pixels) rest.data[pixel] = 0;
    }
  }
  const left = overlap(rest, truth);
  if (left.either > 0 && left.both / left.either < RIGHT_FROM) counts.strokes += await paint(page, { rest, truth }, at);
  await page.keyboard.press('s');
}

/** Strokes along the rows: erases what is no defect, paints what was missed. Resolves to their number. */
async function paint(
  page: Page,
  { rest, truth }: Record<'rest' | 'truth', Mask>,
  at: (x: number, y: number) => readonly [number, number],
): Promise<number> {
  const step = 4;
  await page.locator('#judge-size').fill(String(step));
  let strokes = 0;
  for (const [key, wanted] of [
    ['b', (i: number) => truth.data[i] !== 0 && rest.data[i] === 0],
    ['e', (i: number) => truth.data[i] === 0 && rest.data[i] !== 0],
  ] as const) {
    await page.keyboard.press(key);
    for (let y = step / 2; y < truth.height; y += step) {
      for (const [from, to] of runsOf(truth.width, (x) => wanted(y * truth.width + x))) {
        if (to - from < 2) continue;
        await page.mouse.move(...at(from, y));
        await page.mouse.down();
        await page.mouse.move(...at(to, y));
        await page.mouse.up();
        strokes++;
      }
    }
  }
  return strokes;
}

function runsOf(width: number, isWanted: (x: number) => boolean): readonly (readonly [number, number])[] {
  const runs: [number, number][] = [];
  for (let x = 0; x < width; x++) {
    if (!isWanted(x)) continue;
    const last = runs.at(-1);
    if (last !== undefined && last[1] === x - 1) last[1] = x;
    else runs.push([x, x]);
  }
  return runs;
}

/** Fraction of the pixels that the mask has. */
function share(pixels: readonly number[], { data }: Mask): number {
  return pixels.filter((at) => data[at] !== 0).length / pixels.length;
}

/** White regions with their pixels, row by row. */
function regionsOf(mask: Mask): readonly { readonly pixels: readonly number[] }[] {
  const coco = createCoco();
  coco.add('', mask);
  return coco.result().annotations.map(({ segmentation: { counts } }) => {
    const pixels: number[] = [];
    let at = 0;
    for (const [index, count] of counts.entries()) {
      for (let i = at; index % 2 === 1 && i < at + count; i++) {
        pixels.push((i % mask.height) * mask.width + Math.floor(i / mask.height));
      }
      at += count;
    }
    return { pixels };
  });
}
