// What stands above the results: readiness, the state of each part, rate and latency, where the messages went.
import { asKind, byId, element, milliseconds, setText } from './dom.js';

/**
 * @typedef {import('../http/page-events.ts').StatusEvent} Status
 * @typedef {'good' | 'bad' | ''} Tone
 */

/** What the service says of a part that it has not come to since its start. */
const NOT_YET = 'not yet';

export function createStatus() {
  /**
   * Received messages at the last status, for the rate.
   * @type {{ received: number, at: number } | undefined}
   */
  let last;

  return {
    /**
     * @param {Status} status
     * @param {number[]} latencies milliseconds of the last results
     */
    show(status, latencies) {
      const faults = status.conditions.filter(({ ok, reason }) => !ok && reason !== NOT_YET);
      if (status.ready) showPill('ready', 'good');
      else if (faults.length === 0) showPill('starting …', '');
      else showPill('not ready', 'bad');
      setText(byId('version'), `version ${status.version}`);
      byId('reasons').replaceChildren(...faults.map(({ name, reason }) => element('li', `${name}: ${reason ?? ''}`)));
      byId('reasons').hidden = faults.length === 0;
      for (const [part, text, isOk] of partsOf(status)) {
        showPart(part, text, isOk ? 'good' : text === NOT_YET ? '' : 'bad');
      }

      const { received, inFlight, outcomes, sessionsLost } = status.counts;
      byId('sessions-lost').hidden = sessionsLost === 0;
      setText(byId('sessions-lost'), sessionsLost === 0 ? '' : lostSessionsWords(sessionsLost));
      const now = performance.now();
      const rate = last && Math.max(0, ((received - last.received) * 1000) / (now - last.at));
      last = { received, at: now };
      const sorted = latencies.toSorted((a, b) => a - b);
      /** @param {number} fraction */
      const at = (fraction) => sorted[Math.floor(fraction * (sorted.length - 1))] ?? 0;
      showCounts({
        received,
        inFlight,
        ...outcomes,
        rate: rate?.toFixed(1),
        median: sorted.length === 0 ? undefined : milliseconds(at(0.5)),
        p95: sorted.length === 0 ? undefined : milliseconds(at(0.95)),
      });
    },
    /** The service does not answer; the browser tries again by itself. */
    lost() {
      showPill('no connection to the service', 'bad');
      for (const part of document.querySelectorAll('[data-part]'))
        showPart(asKind(part).dataset.part ?? '', 'unknown', '');
      byId('reasons').hidden = true;
      last = undefined;
    },
    clear() {
      last = undefined;
    },
  };
}

/**
 * @param {Status} status
 * @returns {readonly (readonly [part: string, words: string, isOk: boolean])[]}
 */
function partsOf({ conditions, workers, model }) {
  const reasonOf = new Map(conditions.map(({ name, reason }) => [name, reason]));
  /** @param {string[]} names */
  const isOk = (...names) => names.every((name) => reasonOf.get(name) === undefined);
  /**
   * @param {string} name
   * @param {string} text
   */
  const words = (name, text) => reasonOf.get(name) ?? text;
  const down = ['source', 'sink'].filter((name) => !isOk(name));
  const threads = Object.entries(workers ?? {}).filter(([, count]) => count > 0);
  return [
    ['broker', brokerWords(down, reasonOf), down.length === 0],
    [
      'workers',
      threads.map(([state, count]) => `${count} ${state}`).join(', ') || words('workers', '–'),
      isOk('workers'),
    ],
    ['model', words('model', model ?? '–'), isOk('model')],
    ['self-test', words('self-test', 'passed'), isOk('self-test')],
  ];
}

/**
 * @param {string[]} down
 * @param {ReadonlyMap<string, string | undefined>} reasonOf
 */
function brokerWords(down, reasonOf) {
  if (down.length === 0) return 'connected';
  if (down.every((name) => reasonOf.get(name) === NOT_YET)) return NOT_YET;
  return down.length === 2 ? 'not connected' : `${down[0]} not connected`;
}

/** @param {number} count */
function lostSessionsWords(count) {
  const times = count === 1 ? 'once' : `${count} times`;
  return `The broker forgot the session of this service ${times} since the service started, and with it every picture that waited there: does the broker store sessions over a restart?`;
}

/**
 * @param {string} part
 * @param {string} text
 * @param {Tone} tone
 */
function showPart(part, text, tone) {
  const item = asKind(document.querySelector(`[data-part="${part}"]`));
  item.dataset.tone = tone;
  item.title = text;
  setText(asKind(item.querySelector('.state')), text);
}

/** @param {Readonly<Record<string, number | string | undefined>>} counts */
function showCounts(counts) {
  for (const field of document.querySelectorAll('[data-count]')) {
    const value = counts[asKind(field).dataset.count ?? ''];
    field.textContent = typeof value === 'number' ? value.toLocaleString() : (value ?? '–');
  }
}

/**
 * @param {string} text
 * @param {Tone} tone
 */
function showPill(text, tone) {
  const pill = byId('readiness');
  setText(pill, text);
  pill.dataset.tone = tone;
  document.title = tone === 'good' ? 'flawline' : `${text} · flawline`;
}
