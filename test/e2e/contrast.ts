/** Contrast of text on the page as the browser draws it, by WCAG 2.2, 1.4.3. */
import type { Page } from 'playwright-core';

/**
 * Every visible text whose contrast is too small: below 4.5, or below 3 where it is large (24 px, bold 18.66 px). Text of
 * disabled controls is exempt. Colours are drawn on a canvas to be read, whatever notation they are in.
 */
export async function lowContrast(page: Page): Promise<readonly string[]> {
  return await page.evaluate<readonly string[]>(`(${findLowContrast})()`);
}

// In the page: a string, as this project's types know no DOM.
const findLowContrast = `() => {
  const context = Object.assign(document.createElement('canvas'), { width: 1, height: 1 }).getContext('2d');
  const drawn = (colours) => {
    context.clearRect(0, 0, 1, 1);
    for (const colour of colours) {
      context.fillStyle = colour;
      context.fillRect(0, 0, 1, 1);
    }
    return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const linear = (value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  const luminance = (rgb) => rgb.reduce((sum, value, i) => sum + [0.2126, 0.7152, 0.0722][i] * linear(value / 255), 0);
  const low = [];
  for (const element of document.querySelectorAll('body, body *')) {
    const text = [...element.childNodes].filter(({ nodeType }) => nodeType === 3).map(({ data }) => data.trim()).join('');
    if (text === '' || !element.checkVisibility({ opacityProperty: true }) || element.closest(':disabled, noscript')) continue;
    const { color, fontSize, fontWeight } = getComputedStyle(element);
    const behind = [];
    for (let node = element; node !== null; node = node.parentElement) behind.unshift(getComputedStyle(node).backgroundColor);
    const [a, b] = [luminance(drawn([...behind, color])), luminance(drawn(behind))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    const pixels = parseFloat(fontSize);
    const isLarge = pixels >= 24 || (pixels >= 18.66 && Number(fontWeight) >= 700);
    if (ratio < (isLarge ? 3 : 4.5)) low.push(text.slice(0, 40) + ' ' + ratio.toFixed(2));
  }
  return low;
}`;
