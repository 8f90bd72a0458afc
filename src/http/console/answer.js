// Shows what came back: the facts of the exchange, the errors in words, and the answer as it was sent.

import { byId, h, paint } from './dom.js';
import { indentJson, paintJson } from './lex.js';

// Colouring more than this would hold the page up for longer than the colours are worth.
const PAINTED = 300_000;

const number = new Intl.NumberFormat('en');

/** `goTo(line, column)` moves to a place in the query; `announce(text)` says how it went. */
export function createAnswer({ goTo, announce }) {
  const [facts, errors, raw, text, empty] = ['facts', 'errors', 'raw', 'raw-text', 'raw-empty'].map(byId);

  function waiting() {
    facts.replaceChildren(h('span', { class: 'fact' }, 'Running…'));
    errors.replaceChildren();
    raw.setAttribute('aria-busy', 'true');
  }

  function show(outcome) {
    raw.removeAttribute('aria-busy');
    if (outcome.kind !== 'answer') {
      facts.replaceChildren(h('span', { class: 'fact bad' }, outcome.kind === 'stopped' ? 'Stopped' : 'No answer'));
      errors.replaceChildren(h('p', { class: outcome.kind === 'stopped' ? 'calm' : null }, outcome.message));
      write('');
      return;
    }
    const { status, ms, json } = outcome;
    const cost = json?.extensions?.cost;
    const list = Array.isArray(json?.errors) ? json.errors : [];
    const bad = status >= 400;
    facts.replaceChildren(
      h('span', { class: `fact status ${bad ? 'bad' : 'good'}` }, `HTTP ${status}`),
      h('span', { class: 'fact' }, `${number.format(Math.round(ms))} ms`),
      ...(cost ? [h('span', { class: 'fact', title: 'Cost of this query, and the most that one query may cost' },
        `cost ${number.format(cost.used)} of ${number.format(cost.limit)}`)] : []),
    );
    errors.replaceChildren(...explain(list, outcome));
    write(json === null ? outcome.text : indentJson(outcome.text), json !== null);
    if (!list.length && !bad) announce(`Answered with HTTP ${status} in ${Math.round(ms)} milliseconds.`);
  }

  function explain(list, { status, json }) {
    if (list.length) {
      const title = list.length === 1 ? 'The server reports an error' : `The server reports ${list.length} errors`;
      return [h('h3', {}, title), h('ol', {}, list.map((error) => h('li', {}, describe(error))))];
    }
    if (json === null) return [h('p', {}, status >= 400 ? `The server refused with HTTP ${status}.` : 'The answer is not JSON.')];
    return status >= 400 ? [h('p', {}, `The server refused with HTTP ${status}.`)] : [];
  }

  function describe(error) {
    const code = error?.extensions?.code;
    const path = Array.isArray(error?.path) ? error.path : [];
    const places = Array.isArray(error?.locations) ? error.locations : [];
    return [
      h('p', { class: 'message' }, String(error?.message ?? 'An error without a message.')),
      h('p', { class: 'where' },
        code ? h('code', { class: 'code' }, String(code)) : null,
        path.length ? h('span', {}, 'at ', h('code', {}, pathText(path))) : null,
        places.map(({ line, column }) => h('button', { type: 'button', class: 'link', click: () => goTo(line, column) },
          `line ${line}, column ${column}`))),
    ];
  }

  function write(body, isJson = false) {
    text.hidden = !body;
    empty.hidden = Boolean(body);
    if (isJson && body.length <= PAINTED) text.replaceChildren(...body.split('\n').map(line));
    else text.textContent = body;
    raw.scrollTo(0, 0);
  }

  return { waiting, show };
}

/** One line of the answer. A long one wraps, and what wraps stays to the right of where the line began. */
function line(source) {
  const element = h('span', { class: 'line' });
  const hang = Math.min(source.search(/\S/), 16) + 2;
  element.style.paddingLeft = `${hang}ch`;
  element.style.textIndent = `-${hang}ch`;
  paint(element, source, paintJson(source));
  return element;
}

const pathText = (path) => path.reduce((out, part) => (typeof part === 'number' ? `${out}[${part}]` : out ? `${out}.${part}` : part), '');
