// The picture with the mask on it, to click and paint on: by pointer, and by arrow keys and space.
import { context2d } from './dom.js';
import { createMaskEdit } from './mask-edit.js';

/** Larger pictures are judged at this size, and their masks are made as large as they are when they are stored. */
const MAX_SIDE = 1536;
const MAX_ZOOM = 8;
/** Red, translucent. */
const TINT = [255, 59, 48, 140];
const CURSOR = '#ffc233';

/**
 * @typedef {'region' | 'brush' | 'erase'} Tool
 * @typedef {import('./mask-edit.js').MaskEdit} MaskEdit
 * @typedef {{ x: number, y: number }} Point
 */

/**
 * @param {HTMLCanvasElement} canvas
 * @param {HTMLElement} stage scrolls when the canvas is larger
 * @param {(why: 'edited' | 'missed') => void} onAction `missed`: there is no region where somebody clicked
 */
export function createJudgeCanvas(canvas, stage, onAction) {
  const tint = document.createElement('canvas');
  /** @type {MaskEdit | undefined} */
  let edit;
  /** @type {HTMLImageElement | undefined} */
  let picture;
  /** @type {Tool} */
  let tool = 'region';
  let brush = 12;
  let zoom = 1;
  let isMaskShown = true;
  /** @type {Point | undefined} */
  let last;
  /**
   * Where keys paint; undefined until one of them moves it.
   * @type {Point | undefined}
   */
  let cursor;

  canvas.addEventListener('pointerdown', (event) => {
    if (edit === undefined || event.button !== 0) return;
    event.preventDefault();
    canvas.focus();
    canvas.setPointerCapture(event.pointerId);
    cursor = undefined;
    const at = pointOf(event);
    if (tool === 'region') {
      removeRegion(at);
      return;
    }
    edit.begin();
    last = at;
    stroke(at);
  });
  canvas.addEventListener('pointermove', (event) => {
    if (last === undefined) return;
    for (const each of event.getCoalescedEvents?.() ?? [event]) stroke(pointOf(each));
  });
  for (const name of /** @type {const} */ (['pointerup', 'pointercancel'])) {
    canvas.addEventListener(name, () => {
      if (last === undefined) return;
      last = undefined;
      onAction('edited');
    });
  }
  canvas.addEventListener('keydown', (event) => {
    if (edit === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const step = event.shiftKey ? 1 : Math.max(1, Math.round(brush / 2));
    const move = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }[event.key];
    if (move !== undefined) moveCursor(move[0] ?? 0, move[1] ?? 0);
    else if (event.key === ' ' && cursor !== undefined) use(cursor);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  canvas.addEventListener('blur', () => {
    cursor = undefined;
    draw();
  });

  /** @param {Point} at */
  function use(at) {
    if (tool === 'region') {
      removeRegion(at);
      return;
    }
    edit?.begin();
    last = at;
    stroke(at);
    last = undefined;
    onAction('edited');
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  function moveCursor(x, y) {
    const { width, height } = canvas;
    const from = cursor ?? { x: width / 2, y: height / 2 };
    cursor = { x: Math.min(width - 1, Math.max(0, from.x + x)), y: Math.min(height - 1, Math.max(0, from.y + y)) };
    draw();
    const scale = canvas.clientWidth / width;
    const [left, top] = [cursor.x * scale, cursor.y * scale];
    if (left < stage.scrollLeft || left > stage.scrollLeft + stage.clientWidth) {
      stage.scrollLeft = left - stage.clientWidth / 2;
    }
    if (top < stage.scrollTop || top > stage.scrollTop + stage.clientHeight) {
      stage.scrollTop = top - stage.clientHeight / 2;
    }
  }

  /**
   * In pixels of the canvas.
   * @param {PointerEvent} event
   * @returns {Point}
   */
  function pointOf(event) {
    const box = canvas.getBoundingClientRect();
    return {
      x: ((event.clientX - box.left) / box.width) * canvas.width,
      y: ((event.clientY - box.top) / box.height) * canvas.height,
    };
  }

  /** @param {Point} at */
  function removeRegion(at) {
    // A fingertip's worth: ten pixels of the screen.
    const reach = (10 * canvas.width) / Math.max(1, canvas.clientWidth);
    const isRemoved = edit?.removeRegion(at.x, at.y, reach) === true;
    if (isRemoved) changed();
    onAction(isRemoved ? 'edited' : 'missed');
  }

  /** @param {Point} to */
  function stroke(to) {
    if (edit === undefined) return;
    const { x, y, width, height } = edit.paint(last ?? to, to, brush / 2, tool === 'brush' ? 1 : 0);
    last = to;
    tintPart(x, y, width, height);
    draw();
  }

  /**
   * @param {number} left
   * @param {number} top
   * @param {number} width
   * @param {number} height
   */
  function tintPart(left, top, width, height) {
    if (edit === undefined || width === 0 || height === 0) return;
    const context = context2d(tint);
    const pixels = context.createImageData(width, height);
    for (let y = 0; y < height; y += 1) {
      for (let x = 0; x < width; x += 1) {
        if (edit.white[(top + y) * edit.width + left + x] === 1) pixels.data.set(TINT, 4 * (y * width + x));
      }
    }
    context.putImageData(pixels, left, top);
  }

  function changed() {
    tintPart(0, 0, canvas.width, canvas.height);
    draw();
  }

  function draw() {
    if (picture === undefined) return;
    const context = context2d(canvas);
    context.drawImage(picture, 0, 0, canvas.width, canvas.height);
    if (isMaskShown) context.drawImage(tint, 0, 0);
    if (cursor === undefined) return;
    const line = Math.max(1, canvas.width / Math.max(1, canvas.clientWidth));
    const arm = Math.max(brush / 2, 6 * line);
    context.lineWidth = line * 2;
    context.strokeStyle = CURSOR;
    context.beginPath();
    if (tool === 'region') {
      context.moveTo(cursor.x - arm, cursor.y);
      context.lineTo(cursor.x + arm, cursor.y);
      context.moveTo(cursor.x, cursor.y - arm);
      context.lineTo(cursor.x, cursor.y + arm);
    } else context.arc(cursor.x, cursor.y, Math.max(brush / 2, line), 0, 2 * Math.PI);
    context.stroke();
  }

  function resize() {
    canvas.style.width = `${zoom * 100}%`;
  }

  return {
    /**
     * @param {HTMLImageElement} image
     * @param {HTMLImageElement} mask of the picture's size
     */
    show(image, mask) {
      const scale = Math.min(1, MAX_SIDE / Math.max(image.naturalWidth, image.naturalHeight));
      const width = Math.max(1, Math.round(image.naturalWidth * scale));
      const height = Math.max(1, Math.round(image.naturalHeight * scale));
      for (const each of [canvas, tint]) {
        each.width = width;
        each.height = height;
      }
      picture = image;
      edit = createMaskEdit(width, height, readWhite(mask, width, height));
      cursor = undefined;
      last = undefined;
      zoom = 1;
      resize();
      changed();
      return edit;
    },
    clear() {
      picture = undefined;
      edit = undefined;
      canvas.width = 0; // frees its pixels
      tint.width = 0;
    },
    changed,
    /** @param {Tool} wanted */
    setTool(wanted) {
      tool = wanted;
      draw();
    },
    /** @param {number} size diameter, in pixels of the picture as it is judged */
    setBrush(size) {
      brush = size;
      draw();
    },
    /** @param {boolean} value */
    showMask(value) {
      isMaskShown = value;
      draw();
    },
    /**
     * The middle of what is seen stays where it is.
     * @param {number} factor 0: as large as there is room
     */
    zoomBy(factor) {
      const before = zoom;
      zoom = factor === 0 ? 1 : Math.min(MAX_ZOOM, Math.max(1, zoom * factor));
      const middleX = (stage.scrollLeft + stage.clientWidth / 2) / before;
      const middleY = (stage.scrollTop + stage.clientHeight / 2) / before;
      resize();
      stage.scrollLeft = middleX * zoom - stage.clientWidth / 2;
      stage.scrollTop = middleY * zoom - stage.clientHeight / 2;
      return zoom;
    },
  };
}

/**
 * 1 where the mask is white, row by row.
 * @param {HTMLImageElement} mask
 * @param {number} width
 * @param {number} height
 */
function readWhite(mask, width, height) {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context === null) throw new Error('Cannot judge as the browser must have a canvas with a 2d context');
  context.drawImage(mask, 0, 0, width, height);
  const { data } = context.getImageData(0, 0, width, height);
  return Uint8Array.from({ length: width * height }, (_, at) => ((data[4 * at] ?? 0) > 127 ? 1 : 0));
}
