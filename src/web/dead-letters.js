// The dead letters with their reasons, newest first.
import { byId, clockTime, element } from './dom.js';

/** @typedef {import('../http/page-events.ts').DeadLetterRow} DeadLetter */

const MAX_ROWS = 50;

export function createDeadLetters() {
  const list = byId('dead');
  let newest = 0;

  function showEmptiness() {
    const isEmpty = list.childElementCount === 0;
    list.hidden = isEmpty;
    byId('no-dead').hidden = !isEmpty;
    byId('dead-next').hidden = isEmpty;
  }

  return {
    /**
     * Those that are on the page already are sent again after a reconnect.
     * @param {DeadLetter[]} batch
     */
    take(batch) {
      const fresh = batch.filter(({ n }) => n > newest);
      newest = Math.max(newest, ...fresh.map(({ n }) => n));
      for (const each of fresh) list.prepend(toItem(each));
      while (list.childElementCount > MAX_ROWS) list.lastElementChild?.remove();
      showEmptiness();
    },
    clear() {
      newest = 0;
      list.replaceChildren();
      showEmptiness();
    },
  };
}

/** @param {DeadLetter} deadLetter */
function toItem({ code, meaning, advice, message, topic, payloadBytes, receivedAtMs }) {
  const item = document.createElement('li');
  const head = document.createElement('p');
  head.append(
    element('span', clockTime(receivedAtMs), 'quiet'),
    element('code', code),
    element('span', topic, 'topic'),
    element('span', `${payloadBytes.toLocaleString()} bytes`, 'quiet'),
  );
  item.append(head, element('p', meaning), element('p', message, 'reason'));
  if (advice !== undefined) item.append(element('p', `What to do: ${advice}.`));
  return item;
}
