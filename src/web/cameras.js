// One line a camera: last seen, pictures a minute, share with defects, latency, last fault. Hidden while cameras.by is off.
import { asKind, byId, clockTime, element, milliseconds } from './dom.js';

/** @typedef {import('../telemetry/cameras.ts').CameraLine} CameraLine */

/** A camera that sent nothing for so long is marked. */
const SILENT_MS = 60_000;

/** @param {(camera: string) => void} onChosen called with the name of the camera whose results are wanted; '' for all */
export function createCameras(onChosen) {
  const section = byId('cameras');
  const body = asKind(section.querySelector('tbody'));
  let chosen = '';

  body.addEventListener('click', (event) => {
    const button = asKind(event.target).closest('button');
    if (button === null) return;
    chosen = button.dataset.camera === chosen ? '' : (button.dataset.camera ?? '');
    for (const each of body.querySelectorAll('button')) markChosen(each);
    onChosen(chosen);
  });

  /** @param {HTMLButtonElement} button */
  function markChosen(button) {
    button.setAttribute('aria-pressed', String(button.dataset.camera === chosen));
  }

  /** @param {CameraLine} line */
  function toRow(line) {
    const row = document.createElement('tr');
    const silentMs = Date.now() - line.lastSeenAtMs;
    row.dataset.tone = silentMs > SILENT_MS ? 'bad' : '';
    const head = document.createElement('th');
    head.scope = 'row';
    const button = document.createElement('button');
    button.type = 'button';
    button.dataset.camera = line.camera;
    button.textContent = line.camera;
    button.title = line.camera;
    markChosen(button);
    head.append(button);
    const share = line.pictures === 0 ? '–' : `${((100 * line.defective) / line.pictures).toFixed(1)} %`;
    const median = line.medianMs === undefined ? '–' : milliseconds(line.medianMs);
    const fault = line.lastError === undefined ? '' : `${line.lastError.code}, ${clockTime(line.lastError.atMs)}`;
    const cells = [seenText(line.lastSeenAtMs, silentMs), String(line.perMinute), share, median, fault];
    row.append(head, ...cells.map((text) => element('td', text)));
    return row;
  }

  return {
    /** @param {readonly CameraLine[] | undefined} lines */
    show(lines) {
      section.hidden = lines === undefined;
      if (lines === undefined) return;
      const hadFocus = body.contains(document.activeElement);
      const focused = hadFocus ? asKind(document.activeElement).dataset.camera : undefined;
      body.replaceChildren(...lines.toSorted((a, b) => a.camera.localeCompare(b.camera)).map(toRow));
      byId('no-camera').hidden = lines.length > 0;
      for (const button of body.querySelectorAll('button')) if (button.dataset.camera === focused) button.focus();
    },
  };
}

/**
 * @param {number} lastSeenAtMs
 * @param {number} silentMs
 */
function seenText(lastSeenAtMs, silentMs) {
  if (silentMs <= SILENT_MS) return `${Math.max(0, Math.round(silentMs / 1000))} s ago`;
  const minutes = Math.round(silentMs / 60_000);
  const long = minutes < 60 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
  return `silent since ${clockTime(lastSeenAtMs)} (${long})`;
}
