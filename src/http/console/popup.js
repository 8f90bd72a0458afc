// The list of suggestions at the cursor. Focus stays in the editor, which points at the active option with
// `aria-activedescendant`. Only a window of the list is drawn, so it never scrolls and never traps a keyboard.

import { byId, h } from './dom.js';

const ROWS = 8;

export function createPopup(textarea, accept) {
  const box = byId('suggest');
  const announce = byId('announce');
  const listId = 'suggest-list';
  let state = null;

  textarea.setAttribute('aria-autocomplete', 'list');
  textarea.setAttribute('aria-haspopup', 'listbox');

  function open(offer, caret) {
    const fresh = !state;
    state = { ...offer, caret, active: 0, first: 0, moved: false };
    draw();
    if (fresh) announce.textContent = `${offer.items.length} suggestions`;
  }

  function close() {
    if (!state) return;
    state = null;
    box.hidden = true;
    box.replaceChildren();
    textarea.removeAttribute('aria-activedescendant');
    textarea.removeAttribute('aria-controls');
    announce.textContent = '';
  }

  function move(step) {
    const count = state.items.length;
    state.moved = true;
    state.active = Math.max(0, Math.min(count - 1, state.active + step));
    if (state.active < state.first) state.first = state.active;
    if (state.active >= state.first + ROWS) state.first = state.active - ROWS + 1;
    draw();
  }

  function choose(i) {
    const { from, to } = state;
    const item = state.items[i];
    close();
    accept({ from, to, text: item.insert ?? item.label });
  }

  function draw() {
    const { items, active, first, prefix } = state;
    const shown = items.slice(first, first + ROWS);
    const options = shown.map((item, row) => {
      const i = first + row;
      return h('li', {
        role: 'option', id: `suggest-${i}`, 'aria-selected': String(i === active), 'aria-setsize': items.length, 'aria-posinset': i + 1,
        class: item.deprecated ? 'deprecated' : null,
        // Keeps the focus in the editor; the choice is made on `click`, so that a finger may still slide away.
        mousedown: (event) => event.preventDefault(),
        click: () => choose(i),
      }, h('span', { class: 'label' }, marked(item.label, prefix)), h('span', { class: 'detail' }, item.detail ?? ''));
    });
    const about = items[active].description?.split('\n')[0];
    box.replaceChildren(
      h('ul', { role: 'listbox', id: listId, 'aria-label': 'Suggestions' }, options),
      h('p', { class: 'about' }, h('span', {}, about ?? ''), h('span', { class: 'count' }, `${active + 1} of ${items.length}`)),
    );
    box.hidden = false;
    textarea.setAttribute('aria-controls', listId);
    textarea.setAttribute('aria-activedescendant', `suggest-${active}`);
    place(state.caret());
  }

  function place(caret) {
    const { offsetWidth: width, offsetHeight: height } = box;
    const below = caret.bottom + 4;
    const top = below + height > innerHeight && caret.top - height - 4 > 0 ? caret.top - height - 4 : below;
    box.style.left = `${Math.max(8, Math.min(caret.left, document.documentElement.clientWidth - width - 8))}px`;
    box.style.top = `${top}px`;
  }

  box.addEventListener('wheel', (event) => {
    event.preventDefault();
    if (state) move(event.deltaY > 0 ? 1 : -1);
  }, { passive: false });

  /** Handles a key while open. True means that the key is used up. */
  function key(event) {
    if (!state || event.ctrlKey || event.metaKey || event.altKey) return false;
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: ROWS, PageUp: -ROWS };
    if (event.key in steps && !event.shiftKey) { move(steps[event.key]); return true; }
    if (event.key === 'Escape') { close(); return true; }
    if ((event.key !== 'Enter' && event.key !== 'Tab') || event.shiftKey) return false;
    // The word is already complete: Enter then means a new line, as it would without the popup.
    if (event.key === 'Enter' && !state.moved && state.items[state.active].label === state.prefix) { close(); return false; }
    choose(state.active);
    return true;
  }

  return { open, close, key, isOpen: () => Boolean(state), replace: () => state && place(state.caret()) };
}

function marked(label, prefix) {
  const at = prefix ? label.toLowerCase().indexOf(prefix.toLowerCase()) : -1;
  if (at < 0) return [label];
  return [label.slice(0, at), h('b', {}, label.slice(at, at + prefix.length)), label.slice(at + prefix.length)];
}
